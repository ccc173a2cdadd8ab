"""A database is brought to our version, or refused in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, Table, insert, inspect, select, text

import store.migrating as migrating
from store.database import Store, open_store
from store.migrating import MIGRATIONS, REVISIONS, migrate, open_current, require_current
from store.schema import entry, incident, metadata
from store.trouble import StoreOutdated, StoreUnreadable, closed

LATER = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{before}"
def upgrade():
    op.add_column("entry", sa.Column("later", sa.Integer()))
"""
BROKEN = LATER + '    op.add_column("no_such_table", sa.Column("later", sa.Integer()))\n'


@pytest.fixture
def empty(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(store_url, tmp_path / "data")
    (tmp_path / "data").mkdir()
    yield opened
    opened.close()


def differences(store: Store, tables: MetaData) -> list[object]:
    with store.read() as connection:
        found = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(found, tables))


def test_the_steps_build_exactly_the_schema(store: Store) -> None:
    assert differences(store, metadata) == []


def test_the_comparison_sees_a_missing_table_and_a_missing_column(store: Store) -> None:
    more = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(more)
    Table("one_more", more, Column("id", Integer, primary_key=True))
    more.tables["entry"].append_column(Column("one_more", Integer))
    kinds = {difference[0] for difference in differences(store, more)}  # type: ignore[index]
    assert kinds == {"add_table", "add_column"}


def test_the_newest_step_is_the_one_the_program_names() -> None:
    steps = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert tuple(step.revision for step in steps)[::-1] == REVISIONS


def test_migrating_twice_changes_nothing(store: Store) -> None:
    migrate(store)
    require_current(store)


def test_an_older_database_is_refused_then_brought_up_with_its_records(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as tx:
        tx.execute(insert(entry), [one_entry()])
    ours = REVISIONS[-1]
    a_later_program(monkeypatch, tmp_path, LATER)
    with pytest.raises(StoreOutdated, match=f"is of version {ours}, this program needs 9999"):
        require_current(store)
    migrate(store)
    require_current(store)
    with store.read() as connection:
        assert connection.execute(text("SELECT later FROM entry")).scalars().all() == [None]
        assert connection.execute(select(entry.c.body)).scalar_one() == "{}"


def test_a_step_that_fails_halfway_leaves_the_database_as_it_was(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        a_later_program(later, tmp_path, BROKEN)
        with pytest.raises(StoreUnreadable):
            migrate(store)
    require_current(store)
    assert differences(store, metadata) == []


def test_a_database_newer_than_the_program_is_refused(store: Store) -> None:
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (require_current, migrate):
        with pytest.raises(StoreUnreadable, match="newer than this program") as refused:
            attempt(store)
        assert not isinstance(refused.value, StoreOutdated)


def test_a_database_of_somebody_else_is_refused_and_left_alone(empty: Store) -> None:
    with empty.write() as tx:
        tx.execute(text("CREATE TABLE theirs (id INTEGER)"))
    for attempt in (require_current, migrate):
        with pytest.raises(StoreUnreadable, match="is not a Lineguard database"):
            attempt(empty)
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == ["theirs"]


def test_an_empty_database_is_not_a_store_yet(empty: Store) -> None:
    with empty.write():
        pass  # makes the file of a SQLite database
    with pytest.raises(StoreUnreadable, match="is not a Lineguard database"):
        require_current(empty)


def test_a_missing_file_is_said_to_be_missing_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "lineguard.db"
    with pytest.raises(StoreUnreadable, match="cannot be opened: missing, or no access"):
        open_current(f"sqlite:///{path}", tmp_path)
    assert not path.exists()


def test_a_file_system_without_writing_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lineguard.db"
    path.touch()
    assert "missing, or no access" in str(closed(str(path)))  # the control
    monkeypatch.setattr("os.statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    said = str(closed(str(path)))
    assert "read-only" in said
    assert "remount,rw" in said
    assert "missing, or no access" in str(closed(str(tmp_path / "none.db")))


def test_opening_a_current_database_does_not_import_alembic(store: Store, store_url: str) -> None:
    script = (
        "import json, sys; from pathlib import Path; from store.migrating import open_current;"
        "open_current(sys.argv[1], Path(sys.argv[2])).close();"
        "print(json.dumps('alembic' in sys.modules))"
    )
    command = [sys.executable, "-c", script, store_url, str(store.folder)]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=MIGRATIONS.parents[1]
    )
    assert json.loads(told.stdout) is False


def a_later_program(patch: pytest.MonkeyPatch, folder: Path, step: str) -> None:
    """A program with one step more than this one."""
    versions = folder / "later" / "versions"
    versions.mkdir(parents=True)
    (folder / "later" / "env.py").write_text((MIGRATIONS / "env.py").read_text())
    for known in (MIGRATIONS / "versions").glob("v*.py"):
        (versions / known.name).write_text(known.read_text())
    (versions / "v9999_later.py").write_text(step.format(before=REVISIONS[-1]))
    patch.setattr(migrating, "MIGRATIONS", folder / "later")
    patch.setattr(migrating, "REVISIONS", (*REVISIONS, "9999"))


def one_entry() -> dict[str, object]:
    at = "2026-11-21T03:00:00.000000Z"
    return {"seq": 1, "at": at, "kind": "site", "body": "{}", "prev": "0" * 64, "hash": "0" * 64}


def test_a_database_of_the_first_version_keeps_its_incidents(empty: Store) -> None:
    with empty.write() as tx:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        tx.execute(
            text(
                "INSERT INTO incident (id, cause, state, severity, sentence, findings, opened_at,"
                " updated_at, suppresses) VALUES (7, 'self:cut-off', 'open', 'critical', '{}', 1,"
                " '2026-11-20T00:00:00.000000Z', '2026-11-20T00:00:00.000000Z', '[]')"
            )
        )
    with pytest.raises(StoreOutdated):
        require_current(empty)
    migrate(empty)
    require_current(empty)
    with empty.read() as tx:
        assert tx.execute(select(incident.c.id, incident.c.owner)).one() == (7, None)
