"""The daemon's intake, from settings and `intake.yml` of a home to an incident on its list."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors.intake.model import Receiver
from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.founding import found
from lineguard.home import Home
from lineguard.intake_settings import Intake
from lineguard.intaking import CannotListen, IntakePlan, faults, intakes, set_up, sites_of
from lineguard.wiring import Station
from tests.collectors.intake import senders
from tests.collectors.intake.senders import LINK_DOWN, link
from tests.incidents.intakes import until
from tests.inventory.builders import device, estate
from tests.lineguard.homes import without

SITE = 'sources:\n  "127.0.0.1": rt-core-1\ncallers:\n  prometheus: {secret: hook, device: nms-1}\n'
TOKEN = "the-token-of-a-test"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = found(tmp_path / "home", True, clock.now()).home.root
    (root / "intake.yml").write_text(SITE, encoding="utf-8")
    token = root / "secrets" / "hook"
    token.write_text(TOKEN, encoding="utf-8")
    token.chmod(0o600)
    return root


def free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def set_intake(root: Path, **keys: object) -> Station:
    path = root / "lineguard.toml"
    without(root, "intake")
    text = path.read_text(encoding="utf-8")
    lines = [f"{name} = {json.dumps(value)}" for name, value in keys.items()]
    path.write_text("\n".join([text, "[intake]", *lines, ""]), encoding="utf-8")
    return Station(Home(root))


def told(capsys: pytest.CaptureFixture[str], root: Path, *line: str) -> Any:  # noqa: ANN401
    capsys.readouterr()
    assert run([*line, "--json", "--quiet", "--lang", "en", "--home", str(root)]) == 0
    return json.loads(capsys.readouterr().out)


@asynccontextmanager
async def serving(station: Station) -> AsyncIterator[None]:
    stop = asyncio.Event()
    flow = await IntakePlan(station).open()
    task = asyncio.create_task(flow.run(stop))
    yield
    stop.set()
    await asyncio.wait_for(task, 30)


def test_nothing_listens_where_the_settings_name_nothing(home: Path) -> None:
    without(home, "intake")
    station = Station(Home(home))
    assert set_up(Intake()) == ()
    assert intakes(station) == ()


async def test_a_trap_to_the_daemon_becomes_an_incident_on_the_list(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free(socket.SOCK_DGRAM)
    station = set_intake(home, traps=f"127.0.0.1:{port}")
    assert [one.name for one in intakes(station)] == ["intake"]
    async with serving(station):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(link(LINK_DOWN), ("127.0.0.1", port))
            sender.sendto(b"noise", ("127.0.0.1", port))
        await until(lambda: told(capsys, home, "incident", "list"))
    (one,) = told(capsys, home, "incident", "list")
    assert (one["device"], one["item"]) == ("rt-core-1", "M44")
    counts = {(row["receiver"], row["outcome"]): row["count"]
              for row in told(capsys, home, "intake", "counts")}  # fmt: skip
    assert counts == {("traps", "stored"): 1, ("traps", "malformed"): 1}
    (message,) = told(capsys, home, "intake", "list", "--device", "rt-core-1")
    assert (message["subject"], message["key"]) == (LINK_DOWN, "link:GigabitEthernet0/0/1")
    assert run(["log", "verify", "--quiet", "--home", str(home)]) == 0


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


async def test_syslog_and_alerts_come_over_tls(
    home: Path, certificate: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cert, key = certificate
    lines, web = free(socket.SOCK_STREAM), free(socket.SOCK_STREAM)
    station = set_intake(home, syslog_tls=f"127.0.0.1:{lines}", web=f"127.0.0.1:{web}",
                         tls_certificate=str(cert), tls_key=str(key))  # fmt: skip
    trusting = ssl.create_default_context(cafile=str(cert))
    async with serving(station):
        _, writer = await asyncio.open_connection("127.0.0.1", lines, ssl=trusting)
        writer.write(b"%d %s" % (len(senders.VRP_DOWN), senders.VRP_DOWN))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        reader, writer = await asyncio.open_connection("127.0.0.1", web, ssl=trusting)
        body = senders.body(senders.alert(device="db-1"))
        writer.write(
            f"POST /v1/alertmanager HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        await until(lambda: len(told(capsys, home, "incident", "list")) == 2)
    devices = {one["device"] for one in told(capsys, home, "incident", "list")}
    assert devices == {"rt-core-1", "db-1"}


async def test_a_receiver_that_cannot_be_opened_is_said_and_leaves_none_open(home: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        here = f"127.0.0.1:{taken.getsockname()[1]}"
        port = free(socket.SOCK_DGRAM)
        station = set_intake(home, traps=f"127.0.0.1:{port}", syslog_tcp=here)
        with pytest.raises(CannotListen) as caught:
            await IntakePlan(station).open()
    assert caught.value.why.text("en").startswith(
        f"the receiver syslog_tcp cannot listen on {here}: "
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", port))


async def test_tls_without_a_certificate_is_refused(home: Path) -> None:
    station = set_intake(home, syslog_tls=f"127.0.0.1:{free(socket.SOCK_STREAM)}")
    with pytest.raises(CannotListen):
        await IntakePlan(station).open()


def test_the_doctor_names_what_is_wrong_and_which_secret_is_missing(home: Path) -> None:
    station = set_intake(home, traps="127.0.0.1:1", community="no-such-secret")
    (one,) = faults(station)
    assert "no-such-secret" in one.text("en")
    (home / "intake.yml").write_text("sources: {x: rt-core-1}", encoding="utf-8")
    (one,) = faults(Station(Home(home)))
    assert "“x” is no IP address" in one.text("en")


@pytest.mark.parametrize("receiver", list(Receiver))
def test_every_receiver_can_be_set(receiver: Receiver) -> None:
    chosen: dict[str, Any] = {receiver.value: "127.0.0.1:1"}
    assert set_up(replace(Intake(), **chosen)) == (receiver,)


def test_an_nms_looks_after_its_own_site_and_those_that_have_none() -> None:
    here = device("nms-1", "nms", site="site_primary")
    there = device("nms-2", "nms", site="site_dr")
    alone = estate(here, device("rt-1", site="site_witness"), there)
    assert sites_of(alone, "nms-1") == {"site_primary", "site_witness"}
    assert sites_of(alone, "nms-2") == {"site_dr", "site_witness"}
