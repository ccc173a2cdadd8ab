"""Where a statement of a plain dump ends, and what of a script is never run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.scratch.script import CutOff, NotRun, Script
from tests.tiers import count

RUNS = settings(max_examples=count(ci=200, soak=20_000), deadline=None)
TABLE = b"CREATE TABLE a (b text);"


def statements(text: bytes) -> list[bytes]:
    return list(Script(text.splitlines(keepends=True)).statements())


@pytest.mark.parametrize(
    "statement",
    [
        TABLE,
        b"INSERT INTO a VALUES ('x;y''z;');",
        b"INSERT INTO a VALUES (E'x\\';y');",
        b'CREATE TABLE "a;b" (c text);',
        b"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN; RETURN 1; END;\n$$;",
        b"CREATE FUNCTION f() RETURNS int AS $_x$\nSELECT '$$;' ; $_x$;",
        b"CREATE FUNCTION f() RETURNS int LANGUAGE sql\n BEGIN ATOMIC\n SELECT CASE WHEN 1=1 THEN 1"
        b" END;\n SELECT 2;\nEND;",
        b"CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c);",
        b"COMMENT ON TABLE a IS 'two\nlines; of it';",
    ],
)
def test_a_statement_ends_where_psql_would_end_it(statement: bytes) -> None:
    text = b"-- x; y\n\n" + statement + b"\n/* a; /* b; */ c; */\n" + TABLE + b"\n"
    assert statements(text) == [statement, TABLE]


def test_two_statements_in_one_line_are_two() -> None:
    assert statements(TABLE + b" " + TABLE) == [TABLE, TABLE]


def test_rows_are_no_statements() -> None:
    script = Script(
        b"COPY a FROM stdin;\n1;\t'\n\\\\.x\n\\.\nSELECT 1;\n".splitlines(keepends=True)
    )
    each = script.statements()
    assert next(each) == b"COPY a FROM stdin;"
    assert list(script.rows()) == [b"1;\t'\n", b"\\\\.x\n"]
    assert list(each) == [b"SELECT 1;"]


@pytest.mark.parametrize(
    "command", [b"\\! rm -rf /", b"\\connect other", b"\\copy a from b", b"\\i x"]
)
def test_a_command_of_psql_is_never_run(command: bytes) -> None:
    with pytest.raises(NotRun):
        statements(TABLE + b"\n" + command + b"\n")


def test_what_pg_dump_itself_puts_round_a_script_is_passed_over() -> None:
    assert statements(b"\\restrict abc\n" + TABLE + b"\n\\unrestrict abc\n") == [TABLE]


@pytest.mark.parametrize("text", [b"CREATE TABLE a (", b"SELECT 'x", b"SELECT $$;", b"SELECT 1"])
def test_a_script_that_ends_within_a_statement_is_cut_off(text: bytes) -> None:
    with pytest.raises(CutOff):
        statements(text)


def test_rows_that_do_not_end_are_cut_off() -> None:
    with pytest.raises(CutOff):
        list(Script([b"1\n"]).rows())


@RUNS
@given(text=st.binary(max_size=200))
def test_whatever_stands_there_is_split_refused_or_cut_off(text: bytes) -> None:
    try:
        found = statements(text)
    except (CutOff, NotRun):
        return
    assert all(one.endswith(b";") for one in found)
