"""An address on a channel that the settings do not have reaches nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from incidents.tickets import taking
from inventory.reached import TICKETS, stray_channels

PEOPLE = """\
people:
  zhang:
    roles: [operator]
    channels: {wecom: all, sms: "13800000000"}
  li:
    roles: [operator]
    channels:
      mail: li@example.cn
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.yml"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def said(path: Path, *channels: str) -> list[str]:
    return [one.sentence().text("en") for one in stray_channels(path, channels)]


def test_channels_that_are_there_are_no_matter(people: Path) -> None:
    assert said(people, "wecom", "sms", "mail") == []


def test_who_somebody_is_in_the_ticket_service_is_no_channel(people: Path) -> None:
    people.write_text(PEOPLE.replace("mail: li@example.cn", "ticket: li"), encoding="utf-8")
    assert said(people, "wecom", "sms") == []
    assert taking.CHANNEL == TICKETS


def test_one_that_is_not_there_is_said_with_its_line_and_what_to_do(people: Path) -> None:
    assert said(people, "wecom", "sms") == [
        "people.yml:8: people.li.channels.mail: lineguard.toml has no channel “mail” (it has: sms, "
        "wecom); add [channels.mail] there, or take the address away"
    ]


def test_the_nearest_is_named(people: Path) -> None:
    (told,) = said(people, "wecoms", "sms", "mail")
    assert told.startswith("people.yml:4: ")
    assert "the nearest is “wecoms”" in told


def test_a_file_that_cannot_be_read_is_for_others_to_say(tmp_path: Path) -> None:
    assert said(tmp_path / "none.yml") == []
