"""docs/paging.md: what it shows can be written as it stands."""

from __future__ import annotations

import re
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from incidents.notifying.channels import Way, complaints
from inventory.duty import load_duty
from inventory.people import load_people
from inventory.problems import EstateError
from lineguard import clock
from lineguard.examination import paging
from lineguard.founding import TEMPLATES, found
from lineguard.home import Home
from lineguard.settings import read_settings
from lineguard.wiring import Station

PAGE: Final = Path(__file__).parents[2] / "docs" / "paging.md"
SHIFTS: Final = frozenset({"白班", "夜班"})


def blocks(kind: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_its_channels_are_read_and_apprise_knows_each(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    channels = read_settings(written(tmp_path, "lineguard.toml", example)).channels
    assert len(channels) == 5
    for name, one in channels.items():
        way = Way(name=name, url=one.url, needs=one.needs)
        said = list(
            complaints(
                way, ["fw-core-1", "sms-1"], lambda _name: "0123456789abcdef0123456789abcdef"
            )
        )
        assert [phrase.text("en") for phrase in said] == []


def test_its_people_and_rota_are_read_and_each_is_reached_over_a_channel_of_the_page(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "people.yml", "\n".join(blocks("yaml")))
    people, problems = load_people(path)
    assert problems == ()
    duty, problems = load_duty(path, frozenset(one.name for one in people), SHIFTS)
    assert problems == ()
    assert dict(duty.escalation).keys() == {"critical", "warning"}
    (example,) = blocks("toml")
    known = read_settings(written(tmp_path, "lineguard.toml", example)).channels.keys()
    for person in people:
        assert person.channels
        assert {name for name, _address in person.channels} <= known


@pytest.mark.parametrize("name", ["lineguard.toml", "people.yml"])
def test_a_new_home_says_how_people_are_reached(name: str) -> None:
    assert "channels" in (TEMPLATES / name).read_text(encoding="utf-8")


def test_the_person_in_a_new_home_can_be_taken_as_it_stands(tmp_path: Path) -> None:
    text = (TEMPLATES / "people.yml").read_text(encoding="utf-8")
    example = re.search(r"(?:^# .*\n)*?^# people:\n((?:^#   .*\n)+)", text, re.MULTILINE)
    assert example is not None
    lines = textwrap.indent(re.sub(r"^# ", "", example[1], flags=re.MULTILINE), "")
    (person,), problems = load_people(written(tmp_path, "people.yml", f"people:\n{lines}"))
    assert problems == ()
    assert dict(person.channels) == {"sms": "13800000000", "wecom": "all"}


def findings(root: Path) -> list[str]:
    """Up to where the estate is needed, which is empty in a new home."""
    said: list[str] = []
    with suppress(EstateError):
        said += (one.sentence.text("en") for one in paging(Station(Home(root))))
    return said


def test_the_doctor_says_that_nobody_can_be_told_and_whom_nothing_reaches(tmp_path: Path) -> None:
    root = found(tmp_path / "home", practice=False, at=clock.now()).home.root
    assert findings(root) == ["nobody can be told of an incident: no channel leads to anybody"]
    (example,), people = blocks("toml"), "\n".join(blocks("yaml"))
    secrets = re.sub(r"\{secret:[^}]*\}", "0123456789abcdef0123456789abcdef", example)
    written(root, "lineguard.toml", re.sub(r"^needs.*\n", "", secrets, flags=re.MULTILINE))
    written(root, "people.yml", people)
    assert [one for one in findings(root) if "channel" in one] == []
    written(root, "people.yml", people.replace('    channels: {sms: "13800000003"}\n', ""))
    assert "孙涛: on duty within 14 days, and no channel leads there" in findings(root)


def test_a_practice_home_without_channels_is_well(tmp_path: Path) -> None:
    root = found(tmp_path / "home", practice=True, at=clock.now()).home.root
    assert [one for one in findings(root) if "channel" in one] == []
