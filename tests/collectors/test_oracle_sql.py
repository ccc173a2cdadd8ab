"""The statements for Oracle: parsed in its dialect, reading only, and granted one by one.

That they parse does not prove that Oracle takes them: neither that a view has a column, nor that
types agree. No real Oracle has run them here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from collectors.sources import oracle, oracle_line
from collectors.sources.oracle_queries import GRANTED, QUERIES, READ_ONLY, grants_for

GRANTS = Path(oracle.__file__).with_name("oracle_grants.sql").read_text(encoding="utf-8").lower()
UNGRANTED = {"dual"}  # everybody may read it


def tables(sql: str) -> set[str]:
    parsed = sqlglot.parse_one(sql, read="oracle")
    return {table.name.lower() for table in parsed.find_all(exp.Table)} - UNGRANTED


@pytest.mark.parametrize("sql", QUERIES)
def test_every_statement_is_one_select_in_oracles_dialect(sql: str) -> None:
    (parsed,) = sqlglot.parse(sql, read="oracle")
    assert isinstance(parsed, exp.Select)
    assert not list(parsed.find_all(exp.Insert, exp.Update, exp.Delete, exp.Command))


def test_the_parser_refuses_what_is_no_statement() -> None:
    with pytest.raises(sqlglot.ParseError):
        sqlglot.parse_one("SELECT FROM WHERE (", read="oracle")


@pytest.mark.parametrize("sql", QUERIES)
def test_every_object_that_is_read_has_its_grant_in_the_script(sql: str) -> None:
    assert tables(sql)
    for table in tables(sql):
        assert f"grant select on sys.{GRANTED[table]} to lineguard;" in GRANTS
    assert set(grants_for(sql)) == {GRANTED[table] for table in tables(sql)}


def test_the_script_grants_nothing_else() -> None:
    lines = [line for line in GRANTS.splitlines() if line.startswith("grant ")]
    needed = {f"grant select on sys.{one} to lineguard;" for one in GRANTED.values()}
    assert set(lines) == {"grant create session to lineguard;", *needed}


def test_the_drivers_time_limit_is_set_in_one_place_only() -> None:
    """Setting it on a connection that the driver has dropped ends the interpreter."""
    targets = []
    for source in Path(oracle_line.__file__).parent.glob("oracle*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "call_timeout":
                targets.append(source.name)
    assert targets == ["oracle_line.py"]


def test_what_is_sent_beside_the_queries_makes_the_session_read_only() -> None:
    assert READ_ONLY == "SET TRANSACTION READ ONLY"
