"""Full configurations lie apart, private, and are never written twice; names need a key."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from logbook.configs import ConfigurationLost, ConfigurationSafe
from logbook.keys import KeyTrouble
from logbook.veil import NAME, SiteVeil

TEXT = "sysname rt-1\n local-user admin password simple Hidden1\nreturn\n"


@pytest.fixture
def safe(tmp_path: Path) -> ConfigurationSafe:
    keys = tmp_path / "keys"
    keys.mkdir()
    return ConfigurationSafe(tmp_path / "configs", SiteVeil(keys))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_text_comes_back_by_its_name(safe: ConfigurationSafe) -> None:
    assert safe.get("rt-1", safe.put("rt-1", TEXT)) == TEXT.encode()


def test_only_the_owner_may_enter_and_read(safe: ConfigurationSafe) -> None:
    path = safe.path("rt-1", safe.put("rt-1", TEXT))
    assert (mode(safe.folder), mode(path.parent), mode(path)) == (0o700, 0o700, 0o600)
    assert mode(safe.veil.folder / NAME) == 0o600


def test_the_name_is_no_plain_digest(safe: ConfigurationSafe) -> None:
    assert safe.put("rt-1", TEXT) != hashlib.sha256(TEXT.encode()).hexdigest()


def test_what_is_there_is_never_written_again(safe: ConfigurationSafe) -> None:
    path = safe.path("rt-1", safe.put("rt-1", TEXT))
    before = path.stat().st_ino, path.stat().st_mtime_ns
    safe.put("rt-1", TEXT)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_changed_or_lost_text_is_not_handed_out(safe: ConfigurationSafe) -> None:
    digest = safe.put("rt-1", TEXT)
    safe.path("rt-1", digest).write_text(TEXT + "x")
    with pytest.raises(ConfigurationLost):
        safe.get("rt-1", digest)
    safe.path("rt-1", digest).unlink()
    with pytest.raises(ConfigurationLost):
        safe.get("rt-1", digest)


@pytest.mark.parametrize("device", ["..", ".", "", "a/b"])
def test_no_name_leads_out_of_the_folder(safe: ConfigurationSafe, device: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        safe.put(device, TEXT)


def test_the_veil_of_a_home_stays_the_same(tmp_path: Path) -> None:
    first = SiteVeil(tmp_path).tag("rt-1", "x")
    assert SiteVeil(tmp_path).tag("rt-1", "x") == first
    (tmp_path / "other").mkdir()
    assert SiteVeil(tmp_path / "other").tag("rt-1", "x") != first


@pytest.mark.parametrize("content", ["", "zz", "00", "0" * 63])
def test_a_damaged_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    (tmp_path / NAME).chmod(0o600)
    with pytest.raises(KeyTrouble):
        SiteVeil(tmp_path).tag("rt-1", "x")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    SiteVeil(tmp_path).tag("rt-1", "x")
    (tmp_path / NAME).chmod(0o640)
    with pytest.raises(KeyTrouble, match="0600"):
        SiteVeil(tmp_path).tag("rt-1", "x")


def test_a_home_without_keys_has_no_veil(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble):
        SiteVeil(tmp_path / "nowhere").tag("rt-1", "x")
