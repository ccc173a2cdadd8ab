"""`lineguard.toml`: defaults, and errors that name file, line and the nearest key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lineguard.founding import TEMPLATES
from lineguard.settings import FORMS, SECTIONS, Settings, SettingsWrong, read_settings


def written(folder: Path, text: str) -> Path:
    path = folder / "lineguard.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingsWrong) as caught:
        read_settings(written(folder, text))
    return caught.value.why.text("en")


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    "line",
    ['[calendar.shifts]\n"白班" = "08:00-08:00"', '[calendar.shifts]\n"a\\tb" = "08:00-20:00"',
     '[site]\nname = "a\\u001b[2Jb"'],
)  # fmt: skip
def test_what_nobody_could_work_or_read_is_refused(tmp_path: Path, line: str) -> None:
    told = refusal(tmp_path, line)
    assert "no shift ending when it begins" in told or "on one line" in told


def test_the_example_says_nothing_but_the_defaults() -> None:
    assert read_settings(TEMPLATES / "lineguard.toml") == Settings()


def test_every_example_that_is_commented_out_can_be_taken(tmp_path: Path) -> None:
    lines = (TEMPLATES / "lineguard.toml").read_text(encoding="utf-8").splitlines()
    written_out = re.compile(r"# (\[|.* = )")
    examples = [line.removeprefix("# ") if written_out.match(line) else line for line in lines]
    taken = [line for line in examples if line not in ("reference_points = []",)]
    assert read_settings(written(tmp_path, "\n".join(taken))).round.concurrency == 32


def test_every_key_has_a_form() -> None:
    keys = {one.name for one in fields(Settings)} - SECTIONS.keys()
    for name, section in SECTIONS.items():
        keys |= {f"{name}.{one.name}" for one in fields(section)}
    assert keys == FORMS.keys()


def test_what_is_set_is_read(tmp_path: Path) -> None:
    text = 'practice = true\n[watch]\ncontact_s = 30\n[calendar.shifts]\n"白班" = "08:00-20:00"\n'
    settings = read_settings(written(tmp_path, text))
    assert settings.practice
    assert settings.watch.contact_s == 30
    assert settings.calendar.shifts == {"白班": "08:00-20:00"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("practise = true", "lineguard.toml:1: there is no key practise; the nearest is practice"),
        (
            "\n[watch]\n\nstate = 3",
            "lineguard.toml:4: there is no key watch.state; the nearest is state_s",
        ),
        (
            "[watch]\ncontact_s = 0",
            "lineguard.toml:2: watch.contact_s must be a number of seconds from 1 to 86400",
        ),
        ("practice = 1", "lineguard.toml:1: practice must be true or false"),
        (
            'reference_points = ["tcp://127.0.0.1:65536"]',
            "lineguard.toml:1: reference_points must be a list such as "
            '["tcp://10.1.1.1:53", "icmp://10.1.1.2"]',
        ),
        (
            'reference_points = ["icmp://-f"]',
            "lineguard.toml:1: reference_points must be a list such as "
            '["tcp://10.1.1.1:53", "icmp://10.1.1.2"]',
        ),
        *(
            (
                f"[calendar]\nbusy_hours = {hours}",
                'lineguard.toml:2: calendar.busy_hours must be a list such as ["09:00-11:00", '
                '"15:00-17:00"], each beginning before it ends, none overlapping',
            )
            for hours in (
                '["15:00-09:00"]',
                '["09:00-09:00"]',
                '["09:00-11:00", "10:59-12:00"]',
            )
        ),
        ("watch = 3", "lineguard.toml:1: watch must be a section of its own: [watch]"),
        (
            'reference_points = ["10.1.1.1"]',
            "lineguard.toml:1: reference_points must be a list such as "
            '["tcp://10.1.1.1:53", "icmp://10.1.1.2"]',
        ),
        (
            '[store]\nurl = "mysql://x/y"',
            "lineguard.toml:2: store.url must be sqlite:///FILE or postgresql://USER@HOST/DATABASE",
        ),
    ],
)
def test_an_error_names_its_place_and_what_would_be_right(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert refusal(tmp_path, text) == sentence


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_seconds_at_their_limits_are_taken(tmp_path: Path, seconds: int) -> None:
    settings = read_settings(written(tmp_path, f"[watch]\ncontact_s = {seconds}"))
    assert settings.watch.contact_s == seconds


@pytest.mark.parametrize("seconds", [0, 86_401])
def test_seconds_beyond_their_limits_are_not(tmp_path: Path, seconds: int) -> None:
    assert "watch.contact_s" in refusal(tmp_path, f"[watch]\ncontact_s = {seconds}")


def test_what_is_not_toml_names_its_line(tmp_path: Path) -> None:
    assert "lineguard.toml:2: this is no TOML" in refusal(tmp_path, "practice = true\nsite = [,]")
    assert "its last key" in refusal(tmp_path, "practice = true\npractice = true")
    twice = "practice = true\npractice = true\n\n"
    assert "lineguard.toml:2: this key or section stands there twice" in refusal(tmp_path, twice)
    assert "not closed at its end" in refusal(tmp_path, "site = [")


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lineguard.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsWrong, match="is not UTF-8"):
        read_settings(path)


@pytest.mark.parametrize(
    "url",
    ["https://tickets.example.cn/", "https://10.1.1.9:8443/12345/", "http://127.0.0.1:8917/t/"],
)
def test_a_ticket_service_is_reached_over_tls_or_on_this_machine(tmp_path: Path, url: str) -> None:
    assert read_settings(written(tmp_path, f'[tickets]\nurl = "{url}"')).tickets.url == url


@pytest.mark.parametrize(
    "url",
    ["http://tickets.example.cn/", "https://tickets.example.cn", "http://127.0.0.1.evil.cn/",
     "https://u:p@tickets.example.cn/", "file:///etc/", "https://tickets.example.cn/a?b/"],
)  # fmt: skip
def test_no_password_goes_over_an_open_line(tmp_path: Path, url: str) -> None:
    assert "tickets.url must be" in refusal(tmp_path, f'[tickets]\nurl = "{url}"')


def test_a_channel_is_read_and_a_misspelt_key_in_one_has_its_line(tmp_path: Path) -> None:
    table = '[channels.sms]\nurl = "json://host/{address}"\n'
    read = read_settings(written(tmp_path, table + 'needs = ["gw-1"]')).channels["sms"]
    assert (read.url, read.needs) == ("json://host/{address}", ("gw-1",))
    told = refusal(tmp_path, table + 'need = ["gw-1"]')
    assert told == "lineguard.toml:3: there is no key channels.sms.need; the nearest is needs"
