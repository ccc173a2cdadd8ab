"""Devices from a spreadsheet: all of them, or none and the row of each problem."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from inventory.ansible_child import find
from inventory.columns import KIND_TITLES, SITE_TITLES, columns
from inventory.devices import KINDS, SITES
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from tests.lineguard.homes import AT

HOSTS = """\
all:
  children:
    site_primary:
      hosts:
        sw-core-1: {ansible_host: 10.0.0.1, lineguard: {snmp: {secret: community}}}
        seat-[01:03]: {}
    switch:
      hosts: {sw-core-1: {}, "seat-[01:03]": {}}
"""

CHINESE = """\
名称,类型,站点,地址,说明,特性,依赖,snmp_version,snmp_user,snmp_secret,ssh_port,ssh_user,icmp
rt-1,路由器,主中心,10.0.0.2,核心路由器,,sw-core-1,3,inspect,rt-1-snmp,,,
app-1,应用服务器,主中心,10.0.0.3,"受理, 一号",集群、windows,rt-1 sw-core-1,,,,2222,ops,是

tr-1,中继,灾备中心,,,,,,,,,,否
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = found(tmp_path / "home", practice=False, at=AT).home
    (made.estate / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    return made


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "devices.csv"
    path.write_text(CHINESE, encoding="utf-8")
    return path


def importing(home: Home, *line: str | Path, lang: str = "en") -> int:
    words = [str(word) for word in line]
    return run(["inventory", "import", *words, "--home", str(home.root), "--lang", lang])


def files(home: Home) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in home.estate.rglob("*") if one.is_file()}


def said(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    return shown.out + shown.err


def test_every_device_is_in_the_estate_as_the_sheet_has_it(home: Home, sheet: Path) -> None:
    assert importing(home, sheet) == 0
    estate = Station(home).estate
    router, server, trunk = (estate.device(name) for name in ("rt-1", "app-1", "tr-1"))
    assert (router.kind, router.site, router.address) == ("router", "site_primary", "10.0.0.2")
    assert router.access.snmp is not None
    assert (router.access.snmp.version, router.access.snmp.user) == ("3", "inspect")
    assert router.title == "核心路由器"
    assert server.title == "受理, 一号"
    assert server.traits == {"clustered", "windows"}
    assert server.depends_on == ("rt-1", "sw-core-1")
    assert server.access.ssh is not None and server.access.ssh.port == 2222
    assert server.access.icmp is not None and trunk.access.icmp is None
    assert (trunk.kind, trunk.site, trunk.address) == ("trunk", "site_dr", "")
    assert {"sw-core-1", "seat-02"} <= {one.name for one in estate.devices}


def test_the_file_is_plain_yaml_that_ansible_reads(home: Home, sheet: Path) -> None:
    importing(home, sheet)
    text = (home.estate / "imported.yml").read_text(encoding="utf-8")
    assert text.startswith("# Devices of devices.csv, written by")
    assert "核心路由器" in text
    assert yaml.safe_load(text)["all"]["children"]["router"] == {"hosts": {"rt-1": {}}}
    ran = subprocess.run(
        [find("ansible-inventory"), "-i", str(home.estate), "--list"],
        env={"LC_ALL": "C.UTF-8", "HOME": str(home.root)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout)["_meta"]["hostvars"]["rt-1"]["ansible_host"] == "10.0.0.2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_is_read_however_excel_saved_it(
    home: Home, sheet: Path, encoding: str, ending: str, separator: str
) -> None:
    text = CHINESE.replace('"受理, 一号"', "受理").replace(",", separator)
    sheet.write_bytes(text.replace("\n", ending).encode(encoding))
    assert importing(home, sheet) == 0
    assert Station(home).estate.device("rt-1").title == "核心路由器"


def test_headers_and_words_may_be_english_wide_or_capitalised(home: Home, sheet: Path) -> None:
    sheet.write_text("Ｎａｍｅ,KIND,Site, Depends On \nups-1,ups,DR,sw-core-1\n")
    assert importing(home, sheet) == 0
    assert Station(home).estate.device("ups-1").depends_on == ("sw-core-1",)


@pytest.mark.parametrize("dry", [[], ["--check"]])
def test_a_second_import_takes_the_place_of_the_first_only_when_told_to(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str], dry: list[str]
) -> None:
    importing(home, sheet)
    before = files(home)
    assert importing(home, sheet, *dry) == 1
    assert "--replace takes its place" in said(capsys)
    assert files(home) == before
    sheet.write_text("name,kind,site\nups-1,ups,site_dr\n")
    assert importing(home, sheet, "--replace", *dry) == 0
    assert (files(home) == before) is bool(dry)
    names = {one.name for one in Station(home).estate.devices}
    assert ("rt-1" in names, "ups-1" in names) == (bool(dry), not dry)


def test_a_damaged_earlier_import_can_be_replaced(home: Home, sheet: Path) -> None:
    (home.estate / "imported.yml").write_text("[broken")
    assert importing(home, sheet, "--replace") == 0
    assert Station(home).estate.device("rt-1").kind == "router"


def test_a_dry_run_says_what_the_real_one_would_do_and_writes_nothing(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(home)
    assert importing(home, sheet, "--check", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["devices"] == ["rt-1", "app-1", "tr-1"]
    assert (told["written"], told["missing_secrets"]) == (False, 1 + 1)  # rt-1's and sw-core-1's
    assert files(home) == before


HEAD = "name,kind,site,address,depends_on,snmp,snmp_port,snmp_secret\n"
GOOD = "ups-1,ups,site_dr,10.0.0.9,,,,\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "devices.csv: holds no row at all"),
        (HEAD, "devices.csv: holds no device"),
        (HEAD + "\n" + ",,,,,,,\n", "devices.csv: holds no device"),
        ("name,kind\nups-1,ups\n", "devices.csv:1: the column “site/站点” is missing"),
        ("name,kind,site,kind\n", "devices.csv:1: the column “kind” stands twice"),
        ("name,kind,site,类型\n", "devices.csv:1: the column “kind” stands twice"),
        ("name,kind,site,snmp_prot\n", "“snmp_prot” is not known; the nearest is “snmp_port”"),
        (HEAD + GOOD + '"ups-2', "devices.csv:3: is not CSV: a quote is not closed"),
        (HEAD + GOOD + "a,ups,site_dr,,,,,,x\n", "devices.csv:3: “x” stands under no column"),
        (HEAD + GOOD + ",ups,site_dr,,,,,\n", "devices.csv:3: “name” is empty"),
        (HEAD + GOOD + "\n" + "a,swich,site_dr,,,,,\n",
         "devices.csv:4: a: kind: “swich” is not known; the nearest is “switch”"),
        (HEAD + "a,ups,moon,,,,,\n", "devices.csv:2: a: site: “moon” is not known; known here"),
        (HEAD + "a[1:9],ups,site_dr,,,,,\n", "devices.csv:2: the name may hold letters"),
        (HEAD + GOOD + GOOD, "devices.csv:3: ups-1: the same name stands in row 2"),
        (HEAD + "a,ups,site_dr,,,maybe,,\n", "a: snmp: “maybe” is neither yes"),
        (HEAD + "a,ups,site_dr,,,no,161,\n", "a: “snmp” is no, but “snmp_port” has a value"),
        (HEAD + "a,ups,site_dr,,,,16l,\n", "a: snmp_port: must be a whole number from 1 to 65535"),
        # from here on by the loader, in the copy
        (HEAD + GOOD + "a,ups,site_dr,10.0.0.9,,,70000,s\n", "devices.csv:3: a: lineguard.snmp.p"),
        (HEAD + GOOD + "a,ups,site_dr,10.0.0.9,,,161,\n", "“secret” is missing"),
        (HEAD + GOOD + "a,ups,site_dr,,,,161,s\n", "csv:3: a: has an access but no “ansible_host”"),
        (HEAD + GOOD + "a,ups,site_dr,b c,,,,\n", "devices.csv:3: a: ansible_host must be"),
        (HEAD + GOOD + "a,ups,site_dr,,ups-2,,,\n", "devices.csv:3: a: depends on “ups-2”"),
        (HEAD + GOOD + "a,ups,site_dr,,a,,,\n", "devices.csv:3: a: depends on itself"),
        (HEAD + GOOD + "sw-core-1,ups,site_dr,,,,,\n",
         "devices.csv:3: sw-core-1: the estate has this name already"),
        (HEAD + GOOD + "seat-02,ups,site_dr,,,,,\n", "seat-02: the estate has this name already"),
    ],
)  # fmt: skip
def test_every_problem_is_said_with_its_row_and_nothing_is_changed(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str], content: str, problem: str
) -> None:
    sheet.write_text(content, encoding="utf-8")
    before = files(home)
    assert importing(home, sheet) == 1
    shown = said(capsys)
    assert problem in shown
    assert "nothing was imported; the estate is as it was" in shown
    assert files(home) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook"),
        ("name,kind,site\n".encode("utf-16"), "CSV UTF-8"),
        (b"name,kind,site\n\xff\xff\xff", "is neither UTF-8 nor GB18030"),
        (b"name,kind\0,site\n", "is neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_csv_is_told_how_to_become_one(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    sheet.write_bytes(content)
    assert importing(home, sheet) == 1
    assert words in said(capsys)


def test_problems_are_one_document_for_machines(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet.write_text(HEAD + GOOD + "a,swich,site_dr,,,,x,\n")
    assert importing(home, sheet, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["valid"]
    assert [(one["file"], one["line"], one["device"]) for one in told["problems"]] == [
        ("devices.csv", 3, "a")
    ] * 2


def test_a_device_with_a_stray_variable_file_is_said_with_both_places(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.estate / "host_vars").mkdir()
    (home.estate / "host_vars" / "ups-1.yml").write_text("lineguard: {titel: x}\n")
    sheet.write_text(HEAD + GOOD)
    before = sorted(home.estate.rglob("*"))
    assert importing(home, sheet) == 1
    assert "devices.csv:2: ups-1: estate/host_vars/ups-1.yml:1: lineguard: the key" in said(capsys)
    assert sorted(home.estate.rglob("*")) == before


def test_an_estate_that_is_wrong_already_is_said_in_its_own_file(
    home: Home, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.estate / "hosts.yml").write_text(HOSTS.replace("switch:", "swich:"))
    assert importing(home, sheet) == 1
    assert "estate/hosts.yml:7: the group “swich” is not known" in said(capsys)
    assert not (home.estate / "imported.yml").exists()


def test_what_cannot_be_put_in_place_leaves_everything_as_it_was(
    home: Home, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(home)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert importing(home, sheet) == 1
    assert files(home) == before


def test_who_may_read_hosts_yml_may_read_the_import(home: Home, sheet: Path) -> None:
    (home.estate / "hosts.yml").chmod(0o640)
    importing(home, sheet)
    assert (home.estate / "imported.yml").stat().st_mode & 0o777 == 0o640


def test_the_first_devices_of_a_new_home_may_come_from_a_sheet(tmp_path: Path) -> None:
    home = found(tmp_path / "new", practice=False, at=AT).home
    (tmp_path / "first.csv").write_text(HEAD + GOOD)
    assert importing(home, tmp_path / "first.csv") == 0
    assert [one.name for one in Station(home).estate.devices] == ["ups-1"]


@pytest.mark.parametrize("line", [[], ["-"]])
def test_standard_input_is_not_read(
    home: Home, capsys: pytest.CaptureFixture[str], line: list[str]
) -> None:
    assert importing(home, *line) == 2
    assert "standard input is not read" in said(capsys)


def test_a_file_that_is_not_there_is_one_sentence(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert importing(home, "none.csv") == 1
    assert "none.csv: cannot be read: there is no such file" in said(capsys)


@pytest.mark.parametrize(("lang", "words"), [("en", "a whole number from 1"), ("zh", "名称")])
def test_the_columns_explain_themselves_without_a_home(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, words: str
) -> None:
    assert importing(Home(tmp_path / "none"), "--columns", lang=lang) == 0
    assert words in capsys.readouterr().out
    assert importing(Home(tmp_path / "none"), "--columns", "--json", lang=lang) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["column"] for one in told] == [one.name for one in columns()]


def test_every_kind_and_site_has_its_title_and_no_title_means_two_things() -> None:
    assert KIND_TITLES.keys() == KINDS
    assert SITE_TITLES.keys() == set(SITES)
    for titles in (KIND_TITLES, SITE_TITLES):
        every = [word.casefold() for one in titles.values() for word in set(one)]
        assert len(every) == len(set(every))


def test_no_header_means_two_columns() -> None:
    every = [header for one in columns() for header in (one.name, *one.chinese)]
    assert len(every) == len(set(every))
