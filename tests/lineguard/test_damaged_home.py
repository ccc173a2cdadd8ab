"""A home whose database was changed by hand: every reader says so in one sentence, and nobody
works on with it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.home import Home
from phrases import say


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice home with one incident that looks as written; nothing of it is changed."""
    root = tmp_path_factory.mktemp("made") / "home"
    station = found(root, practice=True, at=clock.now())
    with station.store.write() as tx:
        station.incidents.cut_off(tx, say("Lineguard reaches the network again"), clock.now(), "x")
    station.store.close()
    return root


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def tamper(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(Home(home).database)) as file:
        for statement in statements:
            file.execute(statement)
        file.commit()


def said(
    home: Path, line: str, capsys: pytest.CaptureFixture[str], expected: int, *words: str
) -> None:
    """The command ends so, with one sentence that has these words, and no defect."""
    status = run([*line.split(), "--home", str(home), "--lang", "en", "--quiet"])
    shown = capsys.readouterr()
    assert status == expected, shown
    assert "defect" not in shown.err
    assert shown.err.count("\n") == 1
    for word in words:
        assert word in shown.err


def test_an_honest_home_is_read_without_a_word(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for line in ("incident list", "incident show 1", "log show", "tick", "log verify",
                 f"log export {tmp_path / 'bundle'}"):  # fmt: skip
        assert run([*line.split(), "--home", str(home), "--lang", "en"]) == 0, line
        capsys.readouterr()


@pytest.mark.parametrize(
    ("statement", "line", "status"),
    [
        ("UPDATE incident SET sentence = 'not json'", "incident list", 1),
        ("UPDATE incident SET opened_at = 'zz'", "incident list", 1),
        ("UPDATE incident SET state = 'open', suppresses = '{'", "incident show 1", 1),
        ("UPDATE transition SET why = '7'", "incident show 1", 1),
        ("UPDATE entry SET body = 'not json' WHERE seq = 2", "log show", 1),
        ("UPDATE entry SET at = 'zz' WHERE seq = 2", "log show", 1),
        ("UPDATE entry SET body = x'fffe00' WHERE seq = 2", "log show", 1),
        ("UPDATE entry SET body = 'not json' WHERE seq = 1", "round run --at 2026-11-21", 4),
        ("UPDATE entry SET at = 'zz' WHERE seq = 1", "round run", 4),
        ("INSERT INTO look VALUES ('app-1', 'contact', 'zz', 'reached')", "watch --once", 1),
        (
            "INSERT INTO look SELECT 'app-1', 'never', at, 'x' FROM entry WHERE seq = 1",
            "watch --once",
            1,
        ),
    ],
)
def test_a_record_that_nobody_wrote_is_one_sentence_and_no_defect(
    home: Path, capsys: pytest.CaptureFixture[str], statement: str, line: str, status: int
) -> None:
    tamper(home, statement)
    said(home, line, capsys, status, "damaged", "lineguard log verify")


@pytest.mark.parametrize(("line", "status"), [("round run", 4), ("tick", 1), ("watch --once", 1)])
@pytest.mark.parametrize(
    "statements",
    [("DELETE FROM entry",), ("DELETE FROM checkpoint",), ("DELETE FROM entry WHERE seq = 2",),
     ("UPDATE entry SET hash = prev WHERE seq = 1",)],
)  # fmt: skip
def test_nobody_works_on_with_a_logbook_that_was_emptied_or_cut(
    home: Path, capsys: pytest.CaptureFixture[str], statements: tuple[str, ...], line: str,
    status: int,
) -> None:  # fmt: skip
    tamper(home, *statements)
    said(home, line, capsys, status, "the logbook is damaged", "lineguard log verify")


@pytest.mark.parametrize("option", ["", " --checkpoint"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE entry SET body = 'not json' WHERE seq = 2", "DELETE FROM checkpoint",
     "UPDATE incident SET severity = 'info'", "UPDATE entry SET at = 'zz' WHERE seq = 2"],
)  # fmt: skip
def test_a_logbook_that_does_not_verify_is_neither_exported_nor_signed(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, statement: str, option: str
) -> None:
    tamper(home, statement)
    said(home, f"log export {tmp_path / 'out'}{option}", capsys, 1, "nothing is exported", "entry")
    assert not (tmp_path / "out").exists()


def test_a_valid_logbook_says_up_to_where_it_is_signed(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = ["--home", str(home), "--lang", "en"]
    assert run(["log", "verify", *line]) == 0
    told = capsys.readouterr().out
    assert "signed up to entry 1 " in told
    assert "Entries 2 to 2 are chained but not signed yet" in told
    assert run(["log", "export", str(tmp_path / "kept"), "--checkpoint", *line]) == 0
    capsys.readouterr()
    assert run(["log", "verify", *line]) == 0
    assert "all 2 entries are signed" in capsys.readouterr().out
