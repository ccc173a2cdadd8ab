"""A new home: private, marked, and begun once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from collectors.consoles.u1900 import may_be_sent, may_be_tried
from lineguard.cli.boundary import run
from lineguard.cli.log import newest_entries
from lineguard.founding import complete, found
from lineguard.home import Home
from lineguard.refusals import Refused
from lineguard.wiring import Station
from store.database import Store
from store.migrating import migrate
from tests.lineguard.homes import AT


def entries(station: Station) -> list[str]:
    return [one["kind"] for one in newest_entries(station, 10, None)]


@pytest.mark.parametrize("practice", [True, False], ids=["practice", "real"])
def test_the_first_entry_says_what_the_home_is_for(tmp_path: Path, practice: bool) -> None:
    station = found(tmp_path / "home", practice, AT)
    (first,) = newest_entries(station, 10, None)
    assert (first["seq"], first["kind"]) == (1, "site")
    assert first["body"]["practice"] is practice
    assert station.practice is practice


def test_what_is_private_is_private(tmp_path: Path) -> None:
    home = found(tmp_path / "home", False, AT).home
    for folder in (home.secrets, home.keys):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.keys / "signing.pem").stat().st_mode) == 0o600


def test_a_home_is_not_made_twice(tmp_path: Path) -> None:
    found(tmp_path / "home", False, AT)
    with pytest.raises(Refused, match="is a home already"):
        found(tmp_path / "home", False, AT)


class Cut(Exception):
    """The process ends here."""


@pytest.mark.parametrize("practice", [True, False], ids=["practice", "real"])
@pytest.mark.parametrize(
    "step",
    [
        "logbook.keys.SiteKeys.generate",
        "store.migrating.migrate",
        "logbook.book.Logbook.append",
        "logbook.book.Logbook.checkpoint",
    ],
)
def test_a_home_whose_making_was_cut_short_is_finished_by_the_next_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, practice: bool
) -> None:
    root = tmp_path / "home"

    def cut(*_given: object, **_named: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(step, cut)
        with pytest.raises(Cut):
            found(root, practice, AT)
    assert Home(root).unfinished.exists()
    (root / "people.yml").write_text("people: {}\n", encoding="utf-8")
    station = found(root, practice, AT)
    assert entries(station) == ["site"]
    assert not station.home.unfinished.exists()
    assert (root / "people.yml").read_text(encoding="utf-8") == "people: {}\n", (
        "what is there stays"
    )
    with pytest.raises(Refused, match="is a home already"):
        found(root, practice, AT)


def test_two_who_make_the_same_home_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "home"
    refused: list[str] = []

    def meanwhile(store: Store) -> None:
        with pytest.raises(Refused) as second:
            found(root, False, AT)
        refused.append(str(second.value))
        migrate(store)

    monkeypatch.setattr("store.migrating.migrate", meanwhile)
    assert entries(found(root, False, AT)) == ["site"]
    assert refused == [f"another `lineguard init` is making {root} just now"]


def test_a_practice_home_can_be_completed_again_and_again(tmp_path: Path) -> None:
    for _ in range(2):
        station = complete(tmp_path / "home", AT)
        assert entries(station) == ["site"]


def test_a_real_site_is_never_taken_for_practice(tmp_path: Path) -> None:
    found(tmp_path / "home", False, AT)
    with pytest.raises(Refused, match="real site"):
        complete(tmp_path / "home", AT)


def test_settings_cannot_turn_a_real_site_into_practice(tmp_path: Path) -> None:
    home = found(tmp_path / "home", False, AT).home
    text = home.settings.read_text(encoding="utf-8")
    home.settings.write_text("practice = true\n" + text, encoding="utf-8")
    with pytest.raises(Refused, match="disagree"):
        _ = Station(home).practice


def test_a_real_site_never_sets_the_clock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found(tmp_path / "home", False, AT)
    line = ["round", "run", "--at", "2026-11-20T09:30", "--home", str(tmp_path / "home")]
    assert run([*line, "--lang", "en"]) == 4
    assert "--at works only in a practice home" in capsys.readouterr().err


def test_the_lab_keeps_away_from_a_real_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found(tmp_path / "home", False, AT)
    for word in ("up", "status", "down"):
        assert run(["lab", word, "--home", str(tmp_path / "home"), "--lang", "en"]) == 1
        assert "real site" in capsys.readouterr().err


def test_an_empty_estate_is_not_valid_and_not_a_defect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found(tmp_path / "home", False, AT)
    where = ["--home", str(tmp_path / "home"), "--lang", "en"]
    assert run(["inventory", "check", *where]) == 2
    assert run(["check", "run", *where]) == 3
    assert run(["round", "run", *where]) == 4
    assert "holds no device" in capsys.readouterr().err


def uncommented(home: Home) -> None:
    """What a person does who begins with the example of a new home."""
    file = home.estate / "hosts.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    begins = lines.index("# all:")
    ends = lines.index("", begins)
    example = [line.removeprefix("# ") for line in lines[begins:ends]]
    file.write_text("\n".join(example) + "\n", encoding="utf-8")


def test_the_example_of_a_new_home_is_valid_and_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = found(tmp_path / "home", False, AT)
    uncommented(station.home)
    where = ["--home", str(tmp_path / "home"), "--lang", "en"]
    assert run(["inventory", "check", "--secrets", "no", *where]) == 0
    assert run(["inventory", "check", *where]) == 2
    assert capsys.readouterr().out.count("the secret") == 5
    for name in ("sw-core-1-snmp", "fw-core-1-cli", "fw-core-1-snmp", "app-1-ssh", "file-1-winssh"):
        secret = station.home.secrets / name
        secret.touch(mode=0o600)
        secret.write_text("one of a kind\n", encoding="utf-8")
    assert run(["inventory", "check", *where]) == 0
    run(["doctor", *where])
    shown = capsys.readouterr().out
    assert "4 devices on 1 sites" in shown
    assert "M44" not in shown


def test_doctor_says_what_m44_will_not_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = found(tmp_path / "home", False, AT)
    uncommented(station.home)
    file = station.home.estate / "hosts.yml"
    kept = [one for one in file.read_text(encoding="utf-8").splitlines() if "ha_role" not in one]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    run(["doctor", "--home", str(tmp_path / "home"), "--lang", "en"])
    shown = capsys.readouterr().out
    assert "○ note  estate       watch.ports names no port of fw-core-1" in shown
    assert "watch.ha_role is not set for fw-core-1" in shown
    assert "To do (estate)" not in shown


def test_doctor_names_a_cure_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = found(tmp_path / "home", False, AT)
    uncommented(station.home)
    assert run(["doctor", "--home", str(tmp_path / "home")]) == 1
    shown = capsys.readouterr().out
    assert shown.count("缺少口令") == 5
    assert shown.count("待办（口令）") == 1
    for machine_word in ("way out", "host keys", "signing key", "estate "):
        assert machine_word not in shown


def test_the_home_of_a_station_does_not_move_with_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Station(Home(Path("home"))).home.root == tmp_path / "home"


def test_a_new_real_home_asks_no_gateway_anything_that_nobody_confirmed(tmp_path: Path) -> None:
    root = found(tmp_path / "home", False, AT).home.root
    (root / "estate" / "hosts.yml").write_text(
        "all: {children: {site_primary: {hosts: {gw-1: {ansible_host: 10.1.1.6, lineguard: "
        "{cli: {driver: huawei_u1900, user: inspect, secret: gw-1-cli}}}}}, "
        "gateway_1960: {hosts: {gw-1: }}}}\n",
        encoding="utf-8",
    )
    console = dict(Station(Home(root)).estate.device("gw-1").console)
    assert set(console) == {
        "cpu", "alarms", "addresses", "version", "ports", "hardware", "config",
    }  # fmt: skip
    assert not any(one.confirmed for one in console.values())
    assert all(may_be_sent(one.command) and may_be_tried(one) for one in console.values())
