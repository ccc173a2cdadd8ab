"""Host keys are pinned on record, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inventory.people import Actor, Proof
from lineguard.cli.boundary import run
from lineguard.cli.log import newest_entries
from lineguard.founding import found
from lineguard.hostkeys import HostKey, Standing
from lineguard.trusted import pin_on_record
from lineguard.wiring import Station
from logbook.keys import KeyTrouble
from logbook.verify import verify
from tests.lineguard.homes import AT

ZHANG = Actor(name="zhang", proven=True, how=Proof.OS_USER)


def key(standing: Standing) -> HostKey:
    return HostKey(
        device="fw-1", host="127.0.0.1", port=22, standing=standing,
        line="127.0.0.1 ssh-ed25519 AAAA", fingerprint="SHA256:abc",
    )  # fmt: skip


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return found(tmp_path / "home", practice=False, at=AT)


@pytest.mark.parametrize(
    ("standing", "compared", "english", "chinese"),
    [
        (
            Standing.NEW, True,
            "zhang trusted the SSH host key of fw-1 (127.0.0.1:22), SHA256:abc",
            "zhang 登记了 fw-1（127.0.0.1:22）的 SSH 主机密钥 SHA256:abc",
        ),
        (
            Standing.CHANGED, False,
            "zhang replaced the trusted SSH host key of fw-1 (127.0.0.1:22) by SHA256:abc; "
            "by --yes, so nobody compared it",
            "zhang 将 fw-1（127.0.0.1:22）已登记的 SSH 主机密钥更换为 SHA256:abc；"
            "使用了 --yes，无人核对",
        ),
    ],
)  # fmt: skip
def test_a_key_is_pinned_together_with_its_entry(
    station: Station, standing: Standing, compared: bool, english: str, chinese: str
) -> None:
    (number,) = pin_on_record(station, [key(standing)], ZHANG, compared, AT)
    assert station.home.known_hosts.read_text() == "127.0.0.1 ssh-ed25519 AAAA\n"
    (entry,) = newest_entries(station, 1, "trusted")
    assert entry["seq"] == number
    assert entry["body"] == {
        "device": "fw-1", "host": "127.0.0.1", "port": 22, "fingerprint": "SHA256:abc",
        "replaced": standing is Standing.CHANGED, "compared": compared,
        "actor": ZHANG.as_json(), "sentence": {"en": english, "zh": chinese},
    }  # fmt: skip
    assert verify(station.store, station.keys.public_keys(), station.evidence).valid


def test_what_cannot_be_pinned_is_not_recorded(station: Station) -> None:
    station.home.known_hosts.unlink()
    station.home.known_hosts.mkdir()
    with pytest.raises(OSError):
        pin_on_record(station, [key(Standing.NEW)], ZHANG, True, AT)
    assert newest_entries(station, 9, "trusted") == []


def test_what_cannot_be_recorded_is_not_pinned(station: Station) -> None:
    (station.home.keys / "signing.pem").unlink()
    with pytest.raises(KeyTrouble):
        pin_on_record(Station(station.home), [key(Standing.NEW)], ZHANG, True, AT)
    assert station.home.known_hosts.read_text() == ""
    assert newest_entries(station, 9, "trusted") == []


@pytest.mark.parametrize(("lang", "words"), [("en", "zhang trusted the"), ("zh", "zhang 登记了")])
def test_the_log_shows_it_in_words(
    station: Station, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    pin_on_record(station, [key(Standing.NEW)], ZHANG, True, AT)
    where = ["--home", str(station.home.root), "--lang", lang]
    assert run(["log", "show", *where]) == 0
    assert words in capsys.readouterr().out
    assert run(["log", "show", "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["kind"] == "trusted"
