"""Whatever stands in the files: problems with their places, never another exception."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.ansible_child import Child
from inventory.declared import Complaints, Value
from inventory.devices import DEVICE_KEYS, SITES
from inventory.listing import parsed
from inventory.loader import survey
from inventory.model import Estate
from inventory.people import load_people
from inventory.places import Place
from inventory.problems import Problem
from inventory.secrets import SecretStore
from inventory.sheets import read_folder
from tests.inventory.homes import LIMITS, problems_of
from tests.tiers import count

WORDS = st.sampled_from(
    sorted({*DEVICE_KEYS, *LIMITS, "port", "secret", "user", "version", "cpu", "ports", "logs"})
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2c", "3", "huawei_vrp", "a", "b", "{{ x }}", "\x1b[2J", "x" * 2000])
)

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner),
    max_leaves=20,
)

NAMES = st.sampled_from(["a", "b", "sw-1"]) | st.text(max_size=6)

GROUPS = st.sampled_from([*SITES, "switch", "router", "clustered", "all", "nogroup"])


@st.composite
def listings(draw: st.DrawFn) -> dict[str, Any]:
    """A `--list` document with known and unknown groups and any variables."""
    hosts = draw(st.lists(NAMES, unique=True, max_size=4))
    variables = st.fixed_dictionaries(
        {}, optional={"lineguard": VALUES, "lineguard_defaults": VALUES, "ansible_host": VALUES,
                      "lineguard_site": VALUES, "lineguards": VALUES}
    )  # fmt: skip
    document: dict[str, Any] = {"_meta": {"hostvars": {host: draw(variables) for host in hosts}}}
    for group in draw(st.lists(GROUPS, unique=True, max_size=5)):
        document[group] = {
            "hosts": draw(st.lists(st.sampled_from(hosts), unique=True)) if hosts else [],
            "children": draw(st.lists(GROUPS, max_size=2)),
        }
    return document


def check(problems: tuple[Problem, ...]) -> None:
    """Every problem can be said, on one line, to a terminal, in both languages."""
    for one in problems:
        for said in one.sentence().both().values():
            said.encode("utf-8")
            assert "\n" not in said and "\x1b" not in said
            assert len(said) < 2000


@settings(max_examples=count(150, 5000), deadline=None)
@given(listings())
def test_any_listing_is_an_estate_or_problems(document: dict[str, Any]) -> None:
    again = json.loads(json.dumps(document))
    estate, problems = survey(parsed(again), (), LIMITS, Child())
    assert isinstance(estate, Estate)
    check(problems)
    if not problems:
        assert all(one.site and one.kind for one in estate.devices)
        check(SecretStore(Path("nowhere"), {}).missing(estate))


@settings(max_examples=count(150, 5000), deadline=None)
@given(VALUES)
def test_any_json_document_is_a_listing(document: Any) -> None:  # noqa: ANN401
    parsed(document if isinstance(document, dict) else {"_meta": document, "all": document})


DOCUMENTS = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text(alphabet="{}[]:,-&*!|>'\"# \n\tab<?%@`0", max_size=80).map(str.encode)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | VALUES.map(lambda value: json.dumps({"people": {"a": value}}).encode())
)


@settings(max_examples=count(300, 20_000), deadline=None)
@given(DOCUMENTS)
def test_any_file_is_read_or_refused(content: bytes) -> None:
    with TemporaryDirectory() as home:
        folder = Path(home) / "estate"
        folder.mkdir()
        (folder / "hosts.yml").write_bytes(content)
        (folder / "people.yml").write_bytes(content)
        sheets, problems = read_folder(folder)
        check(problems)
        if not problems:
            check(survey(parsed({}), sheets, LIMITS, Child())[1])
        check(load_people(folder / "people.yml")[1])


@settings(max_examples=count(5, 200), deadline=None)
@given(DOCUMENTS)
def test_any_file_before_ansible_itself_is_an_estate_or_problems(content: bytes) -> None:
    with TemporaryDirectory() as home:
        folder = Path(home) / "estate"
        folder.mkdir()
        (folder / "hosts.yml").write_bytes(content)
        check(problems_of(folder))


def test_a_path_is_written_as_people_write_it() -> None:
    value = Value(None, ("lineguard", "watch", "logs", 0, "path"), Complaints(lambda _: Place()))
    assert value.at == "lineguard.watch.logs[0].path"
