"""Files that no YAML reader should be trusted with, and what Ansible passes over in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inventory import sheets
from inventory.sheets import read_folder
from tests.inventory.homes import SWITCH, problems_of, write


def said(folder: Path, lang: str = "en") -> list[str]:
    return [one.sentence().text("zh" if lang == "zh" else "en") for one in problems_of(folder)]


def test_keys_that_stand_twice_are_found(tmp_path: Path) -> None:
    folder = write(
        tmp_path, hosts=SWITCH.replace("lineguard:", "lineguard: {}\n          lineguard:")
    )
    assert said(folder) == ["estate/hosts.yml:8: the key “lineguard” stands twice, first on line 7"]
    assert said(folder, "zh") == ["estate/hosts.yml:8：键“lineguard”重复，首次出现在第7行"]


def test_a_fault_of_syntax_is_shown_with_its_line(tmp_path: Path) -> None:
    assert said(write(tmp_path, hosts="all:\n  children: [\n"))[0].startswith(
        "estate/hosts.yml:3: is not YAML: "
    )
    assert said(write(tmp_path, hosts="a: 1\n---\nb: 1\n")) == [
        "estate/hosts.yml:2: is not YAML: its structure is broken here"
    ]


def test_a_file_that_is_not_utf_8_is_shown_with_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=b"all:\n  # \xd6\xd0\n")
    assert said(folder) == ["estate/hosts.yml:2: is not UTF-8 text"]
    assert said(folder, "zh") == ["estate/hosts.yml:2：不是 UTF-8 文本"]


@pytest.mark.parametrize(("over", "problems"), [(-1, 0), (0, 0), (1, 1)])
def test_a_file_of_absurd_size_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int, problems: int
) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    size = (folder / "hosts.yml").stat().st_size
    monkeypatch.setattr(sheets, "FILE_LIMIT", size - over)
    found = read_folder(folder)[1]
    assert len(found) == problems
    if found:
        assert found[0].sentence().text("en") == (
            f"estate/hosts.yml: has {size} bytes, the limit is {size - 1}"
        )


@pytest.mark.parametrize(("levels", "problems"), [(39, 0), (40, 0), (41, 1)])
def test_nesting_is_bounded(tmp_path: Path, levels: int, problems: int) -> None:
    folder = write(tmp_path, hosts="[" * levels + "]" * levels)
    found = read_folder(folder)[1]
    assert len(found) == problems


def test_a_very_deep_file_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts="a: " + "[" * 100_000)
    assert said(folder) == ["estate/hosts.yml:1: is nested deeper than 40 levels"]


def test_aliases_that_stand_for_too_much_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert said(write(tmp_path, hosts="\n".join(lines))) == [
        "estate/hosts.yml: its aliases stand for more than 1000000 values"
    ]
    chain = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2000))]
    assert "aliases" in said(write(tmp_path, hosts="\n".join(chain)))[0]
    assert "aliases" in said(write(tmp_path, hosts="a: &a [*a]"))[0]


def test_aliases_and_merges_of_bearable_size_are_fine(tmp_path: Path) -> None:
    text = SWITCH.replace("{port: 1161, secret: sw-1-snmp}", "&s {port: 1161, secret: sw-1-snmp}")
    assert said(write(tmp_path, hosts=text + "      vars: {ours: {<<: *s}}\n")) == []


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    os.mkfifo(folder / "pipe.yml")
    assert said(folder) == ["estate/pipe.yml: is not a regular file"]


def test_a_broken_link_is_a_problem(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    (folder / "more.yml").symlink_to("nowhere.yml")
    assert said(folder) == ["estate/more.yml: cannot be read: there is no such file"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert said(tmp_path / "estate") == ["estate: there is no such folder"]
    assert said(tmp_path / "estate", "zh") == ["estate：目录不存在"]


def test_files_that_ansible_passes_over_are_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH)
    for name in ("README.md", "hosts.yml~", ".hosts.yml.swp", "old.bak", "hosts.orig"):
        (folder / name).write_bytes(b"\xff: [")
    assert said(folder) == []


def test_what_is_quoted_from_a_file_holds_no_control_characters(tmp_path: Path) -> None:
    folder = write(tmp_path, hosts=SWITCH.replace("snmp:", '"\\e[2J\\u202e":'))
    found = said(folder)
    assert len(found) == 1
    assert "\x1b" not in found[0] and "\u202e" not in found[0]
    assert "\N{REPLACEMENT CHARACTER}[2J" in found[0]
