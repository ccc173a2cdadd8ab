"""`lab up`, `status`, `break`, `mend`, `down`: the practice site as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from incidents.tickets.roundup import Roundup
from lab.embedded.client import LabClient
from lab.embedded.control import Refusal
from lab.embedded.home import TRACKER_USERS, prepare_practice_home
from lab.embedded.lock import holder
from lab.embedded.ports import is_free
from lab.embedded.ticket_service import tracker_url
from tests.lab.practice import (
    data_outside,
    databases_of,
    eventually,
    processes_about,
    take_away_databases,
)
from tests.practice import DEVICES

SERVERS = 1


@contextmanager
def _prepared(root: Path) -> Iterator[LabClient]:
    prepare_practice_home(root)
    client = LabClient(root)
    try:
        yield client
    finally:
        client.down()
        take_away_databases(root)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LabClient]:
    """Of a home whose site is not up yet."""
    with _prepared(tmp_path / "home") as client:
        yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabClient]:
    """Of a site that is up; tests mend what they break."""
    with _prepared(tmp_path_factory.mktemp("shared") / "home") as client:
        client.up()
        yield client


def _ports(client: LabClient) -> tuple[int, ...]:
    return client.home.served()


def _tracker_answers(client: LabClient) -> None:
    """Lets our user in, and knows its life cycle. Raises `TicketTrouble`."""
    port = client.home.tickets()
    assert port is not None
    word = (client.home.secrets / TRACKER_USERS["lineguard"]).read_text(encoding="ascii")
    asyncio.run(_ping(Roundup.at(tracker_url(port), "lineguard", word)))


async def _ping(service: Roundup) -> None:
    try:
        await service.ping()
    finally:
        await service.close()


def _ended(client: LabClient, pid: int) -> bool:
    return holder(client.home.lab) is None and pid not in processes_about(client.root)


def test_a_site_that_is_up_listens_everywhere_and_down_leaves_nothing(client: LabClient) -> None:
    started = client.up()
    assert not started.already_up
    status = client.status()
    assert status.pid == started.pid
    assert len(status.devices) == DEVICES
    listening = {peer.port for device in status.devices for peer in device.peers}
    listening |= {one.port for one in (*status.reference_points, *status.services)}
    assert listening == set(_ports(client))
    assert not any(is_free(port) for port in listening)
    assert len(databases_of(client.root)) == SERVERS
    assert started.tickets == tracker_url(client.home.tickets() or 0)
    _tracker_answers(client)
    assert client.down()
    assert eventually(lambda: _ended(client, started.pid))
    assert databases_of(client.root) == []
    assert data_outside(client.root) == []
    assert all(is_free(port) for port in listening)
    assert not client.down()


def test_up_twice_is_up_once(shared: LabClient) -> None:
    again = shared.up()
    assert again.already_up
    assert again.pid == shared.status().pid


def test_a_killed_site_leaves_no_database_behind_and_comes_up_again(client: LabClient) -> None:
    first = client.up()
    keys = {one: one.read_bytes() for one in client.home.host_keys.iterdir()}
    assert len(databases_of(client.root)) == SERVERS
    os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: databases_of(client.root) == [])
    assert eventually(lambda: processes_about(client.root) == [])
    second = client.up()
    assert not second.already_up
    assert second.pid != first.pid
    assert keys == {one: one.read_bytes() for one in client.home.host_keys.iterdir()}


def test_a_port_that_others_took_while_the_site_was_down_is_moved_and_said(
    client: LabClient,
) -> None:
    before, tickets = _ports(client), client.home.tickets() or 0
    with (
        socket.create_server(("127.0.0.1", before[3])),
        socket.create_server(("127.0.0.1", tickets)),
    ):
        started = client.up()
        assert list(started.moved) == [before[3], tickets]
        assert "2 ports were taken by others" in started.sentence().text("en")
        listening = {p.port for device in client.status().devices for p in device.peers}
    assert started.moved[before[3]] in listening
    assert before[3] not in listening
    assert started.tickets == tracker_url(started.moved[tickets])
    _tracker_answers(client)


def test_a_fault_stands_in_the_status_until_it_is_mended(shared: LabClient) -> None:
    assert shared.break_fault("fan-failed").text("en") == "put in on fw-core-1: a fan has failed"
    shared.break_fault("device-silent", "ups-1")
    status = shared.status()
    assert status.faults == ("device-silent", "fan-failed")
    ups = next(device for device in status.devices if device.device == "ups-1")
    assert ups.faults == ("device-silent",)
    assert [peer.behaviour for peer in ups.peers] == [("silent",)]
    shared.mend("device-silent")
    assert shared.status().faults == ("fan-failed",)
    shared.mend("all")
    assert shared.status().faults == ()


def test_requests_at_the_same_time_all_count(shared: LabClient) -> None:
    names = ["blocked-session", "connections-905", "job-failed", "switch-dead"]
    with ThreadPoolExecutor(len(names)) as people:
        list(people.map(shared.break_fault, names))
        assert shared.status().faults == tuple(sorted(names))
        list(people.map(shared.mend, names))
    assert shared.status().faults == ()


def test_what_cannot_be_broken_or_mended_is_refused_in_a_sentence(shared: LabClient) -> None:
    refusals: dict[str, Callable[[], object]] = {
        "there is no fault named fan: lineguard lab faults lists them": lambda: shared.break_fault(
            "fan"
        ),
        "the practice site has no device fw-9": lambda: shared.break_fault("fan-failed", "fw-9"),
        "fan-failed cannot befall db-1": lambda: shared.break_fault("fan-failed", "db-1"),
        "cpu-91 is not broken": lambda: shared.mend("cpu-91"),
    }
    for sentence, ask in refusals.items():
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.why.text("en") == sentence


def test_a_site_that_is_not_up_says_how_to_start_it(client: LabClient) -> None:
    with pytest.raises(Refusal, match="lineguard lab up"):
        client.status()


def test_an_estate_that_cannot_be_read_is_said_where_up_was_asked(client: LabClient) -> None:
    hosts = client.home.hosts
    text = hosts.read_text(encoding="utf-8")
    hosts.write_text(text.replace("depends_on: [sw-core-1]", "depend_on: [sw-core-1]", 1), "utf-8")
    with pytest.raises(Refusal, match="depend_on"):
        client.up()
    assert holder(client.home.lab) is None
