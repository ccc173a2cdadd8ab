"""`config` and `baseline` on a home whose devices answer: fetched, shown, compared, approved."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import item
from lab.embedded import configuration_damage as damage
from lab.embedded.home import PracticeHome
from lab.embedded.site import PracticeSite, running, site_of_home
from lab.embedded.vrp_configuration import secrets_in
from lineguard.cli.acting import os_user
from lineguard.cli.boundary import run as run_line
from lineguard.founding import found
from logbook.evidence import packed, unpacked
from tests.lab.practice import DEADLINE_S, take_away_databases
from tests.lineguard.homes import AT

ROUTER = "rt-core-1"
SWITCH = "sw-core-1"
GATEWAY = "gw-1960-1"


@dataclass
class Town:
    """A home, its site that listens in a thread, and what a command printed."""

    root: Path
    site: PracticeSite
    run: Callable[..., tuple[int, str, str]]

    def json(self, *line: str) -> Any:  # noqa: ANN401
        status, out, err = self.run("--json", *line)
        assert status == 0, err
        return json.loads(out)


class _Listening:
    """A practice site in a thread of its own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._serve)
        self.site: PracticeSite | None = None

    def __enter__(self) -> PracticeSite:
        self._thread.start()
        assert self._up.wait(DEADLINE_S * 2)
        assert self.site is not None
        return self.site

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(DEADLINE_S)
        self._loop.close()

    def _serve(self) -> None:
        self._loop.run_until_complete(self._listen())

    async def _listen(self) -> None:
        async with running(site_of_home(PracticeHome(self._root))) as site:
            self.site = site
            self._up.set()
            await self._stop.wait()


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PracticeSite]]:
    root = tmp_path_factory.mktemp("town") / "home"
    found(root, practice=True, at=AT)
    people = (root / "people.yml").read_text(encoding="utf-8")
    own = f"    title: 技术主管\n    os_user: {os_user()}\n"
    (root / "people.yml").write_text(people.replace("    title: 技术主管\n", own), encoding="utf-8")
    try:
        with _Listening(root) as site:
            yield root, site
    finally:
        take_away_databases(root)


@pytest.fixture
def town(
    listening: tuple[Path, PracticeSite], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Town]:  # fmt: skip
    root, site = listening

    def run(*line: str) -> tuple[int, str, str]:
        status = run_line(["--home", str(root), "--lang", "en", *line])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    yield Town(root, site, run)
    for world in site.scene.worlds.values():
        world.heal()


def leaks(town: Town, *names: str) -> list[tuple[str, str]]:
    """Files of the home, but for those apart, in which a secret of these devices stands: evidence
    unpacked, the database and its journal as they lie there."""
    secrets = [one for name in names for one in secrets_in(name).values()]
    secrets += ["practice-gateway-community", "practice0gateway0secret"]
    apart = town.root / "data" / "configs"
    found = []
    for path in town.root.rglob("*"):
        if path.is_file() and not path.is_relative_to(apart):
            content = path.read_bytes()
            content = unpacked(content) if path.suffix == ".z" else content
            found += [(str(path), one) for one in secrets if one.encode() in content]
    return found


def test_a_device_is_fetched_shown_and_approved_without_a_secret_on_any_screen(
    town: Town,
) -> None:
    screens = [
        town.run("config", "fetch", ROUTER, GATEWAY),
        town.run("config", "list"),
        town.run("config", "list", ROUTER),
        town.run("config", "show", ROUTER),
        town.run("config", "show", ROUTER, "--what", "routes"),
        town.run("config", "show", GATEWAY, "--json"),
        town.run("baseline", "approve", ROUTER),
        town.run("baseline", "diff", ROUTER),
        town.run("baseline", "list"),
        town.run("log", "show"),
    ]
    assert [status for status, _, _ in screens] == [0] * len(screens)
    told = "".join(out + err for _, out, err in screens)
    assert "<secret:" in told and "sysname rt-core-1" in told
    held = (*secrets_in(ROUTER).values(), "practice-gateway-community", "practice0gateway")
    assert [one for one in held if one in told] == []
    assert leaks(town, ROUTER) == []
    assert town.json("log", "verify")["valid"]


def test_a_changed_line_is_shown_against_the_baseline_and_between_versions(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    town.run("baseline", "approve", ROUTER)
    before = town.json("config", "list", ROUTER)[0]["version"]
    damage.change_configuration(town.site.scene, town.site.scene.worlds[ROUTER])
    status, out, _ = town.run("baseline", "diff", ROUTER)
    assert status == 0
    assert "ospf 1\n+  import-route direct" in out
    kept = town.json("config", "list", ROUTER)
    assert kept[0]["version"] == before + 1
    changes = town.json("config", "diff", ROUTER)["changes"]
    line = {"how": "added", "path": ["ospf 1"], "line": "import-route direct"}
    assert changes == [line]
    named = town.json("config", "diff", ROUTER, str(before + 1), str(before))["changes"]
    assert named == [{**line, "how": "removed"}]
    assert town.json("baseline", "diff", ROUTER, "--kept")["parts"]["routes"]["changes"] == []


def test_a_recorded_look_keeps_a_version_and_an_unrecorded_one_does_not(town: Town) -> None:
    town.run("check", "run", "--item", "M41", "--device", SWITCH)
    assert town.json("config", "list", SWITCH) == []
    town.run("check", "run", "--item", "M41", "--device", SWITCH, "--record")
    assert [one["version"] for one in town.json("config", "list", SWITCH)] == [1]
    assert leaks(town, SWITCH) == []


def test_a_cut_configuration_is_neither_kept_nor_compared(town: Town) -> None:
    town.run("baseline", "approve", ROUTER)
    kept = town.json("config", "list", ROUTER)
    damage.cut_configuration(town.site.scene, town.site.scene.worlds[ROUTER])
    status, out, err = town.run("baseline", "diff", ROUTER)
    assert (status, out) == (1, "")
    assert "breaks off before its end" in err
    assert town.run("config", "fetch", ROUTER)[0] == 1
    assert town.json("config", "list", ROUTER) == kept


def test_a_full_configuration_is_handed_to_a_supervisor_and_that_is_recorded(
    town: Town, tmp_path: Path
) -> None:
    town.run("config", "fetch", ROUTER)
    target = tmp_path / "restore.cfg"
    status, out, _ = town.run("config", "take", ROUTER, str(target))
    assert status == 0 and secrets_in(ROUTER)["console"] not in out
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert secrets_in(ROUTER)["console"] in target.read_text()
    (last,) = town.json("log", "show", "--last", "1")
    assert last["kind"] == "configuration_taken"
    assert town.run("config", "take", ROUTER, str(target))[0] == 1
    assert leaks(town, ROUTER) == []


def test_a_merely_claimed_name_can_neither_approve_nor_take(town: Town, tmp_path: Path) -> None:
    town.run("config", "fetch", ROUTER)
    before = town.json("baseline", "list")
    for line in (("baseline", "approve", ROUTER), ("config", "take", ROUTER, str(tmp_path / "x"))):
        status, _, err = town.run("--as", "王五", *line)
        assert status == 1
        assert "is not proven" in err
    assert town.json("baseline", "list") == before
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (("config", "show", "rt-core-9"), 2),
        (("config", "show", ROUTER, "--version", "99"), 1),
        (("config", "show", "fw-core-2"), 1),
        (("config", "diff", ROUTER, "x"), 2),
        (("baseline", "diff", "fw-core-2", "--kept"), 1),
        (("baseline", "approve", ROUTER, "--version", "99"), 1),
        (("config", "fetch", "app-1"), 1),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    town: Town, line: tuple[str, ...], status: int
) -> None:
    found, out, err = town.run(*line)
    assert (found, out) == (status, "")
    assert len(err.strip().splitlines()) == 1


def test_a_round_keeps_versions_and_no_secret_reaches_the_record(town: Town) -> None:
    """The whole schedule of a quarter's first day, on every device."""
    town.run("round", "run", "--at", "2027-01-04T10:00")
    kept = {one["device"]: one["version"] for one in town.json("config", "list")}
    estate = site_of_home(PracticeHome(town.root)).scene.worlds
    due = {name for name, world in estate.items() if item("M41").applies_to(world.device)}
    assert due <= kept.keys()
    assert leaks(town, *kept) == []
    assert town.json("log", "verify")["valid"]
    evidence = [path for path in (town.root / "data" / "evidence").rglob("*.z")]
    assert any(b"<secret:" in unpacked(path.read_bytes()) for path in evidence)


def test_the_doctor_sees_full_configurations_that_others_can_read(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    folder = town.root / "data" / "configs"
    folder.chmod(0o755)
    try:
        told = town.run("doctor")[1]
    finally:
        folder.chmod(0o700)
    assert "the key that hides secrets of configurations is sound" in told
    assert "the folder configs is open to others (mode 0755)" in told
    assert "the folder configs is private" in town.run("doctor")[1]


def test_the_doctor_sees_files_that_are_not_what_is_on_record(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    assert "that are missing or were changed" not in town.run("doctor")[1]  # the control
    kept = next((town.root / "data" / "configs" / ROUTER).iterdir())
    whole = kept.read_bytes()
    try:
        kept.write_bytes(whole + b"#\n")
        status, told, _ = town.run("doctor")
    finally:
        kept.write_bytes(whole)
    assert status == 1
    assert "missing or were changed: 1, the first version" in told


def test_the_doctor_sees_a_key_that_others_can_read(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    key = town.root / "keys" / "veil.key"
    key.chmod(0o644)
    try:
        status, told, _ = town.run("doctor")
    finally:
        key.chmod(0o600)
    assert status == 1
    assert "veil.key can be read by others; its mode must be 0600" in told


def test_a_lost_veil_is_said_and_no_new_one_is_made(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    key, aside = town.root / "keys" / "veil.key", town.root / "veil.aside"
    key.rename(aside)
    try:
        status, told, _ = town.run("doctor")
        assert status == 1
        assert "veil.key is missing, and configurations were kept with it" in told
        assert "restore keys/veil.key from the backup" in told
        status, _, told = town.run("config", "fetch", ROUTER)
        assert status == 1
        assert "restore keys/veil.key from the backup" in told
        assert not key.exists()
    finally:
        aside.rename(key)
    assert town.json("config", "diff", ROUTER) is not None


def test_without_its_signing_key_nothing_is_visited(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def visited(*_: object, **__: object) -> None:
        raise AssertionError("a device was visited")

    key, aside = town.root / "keys" / "signing.pem", town.root / "signing.aside"
    monkeypatch.setattr("collectors.visitor.Visitor.visit", visited)
    key.rename(aside)
    try:
        for line, expected in (
            (("config", "fetch", ROUTER), 1),
            (("round", "run"), 4),
            (("check", "run", "--device", ROUTER, "--item", "M44", "--record"), 3),
        ):
            status, _, told = town.run(*line)
            assert status == expected, told
            assert "signing.pem is missing; restore the folder keys/ from the backup" in told
    finally:
        aside.rename(key)


def test_the_signing_key_s_trouble_is_said_in_the_reader_s_language(town: Town) -> None:
    key = town.root / "keys" / "signing.pem"
    key.chmod(0o644)
    try:
        for line in (("doctor",), ("round", "run")):
            _, out, err = town.run("--lang", "zh", *line)
            assert "密钥文件 signing.pem 可被他人读取" in out + err
            assert "chmod 600 keys/signing.pem" in out + err
            assert "can be read by others" not in out + err
    finally:
        key.chmod(0o600)


def test_the_search_for_secrets_finds_one_that_is_there(town: Town) -> None:
    town.run("config", "fetch", ROUTER)
    planted = town.root / "data" / "planted.z"
    planted.write_bytes(packed(secrets_in(ROUTER)["console"].encode()))
    try:
        assert [path for path, _ in leaks(town, ROUTER)] == [str(planted)]
    finally:
        planted.unlink()
