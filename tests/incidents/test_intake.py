"""What arrives over real sockets: stored, counted, and an incident only where it means one."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from collectors.intake.backlog import Backlog
from collectors.intake.datagrams import listening, thrown_away
from collectors.intake.model import Outcome, Received, Receiver
from collectors.intake.syslog import read_line
from collectors.intake.traps import read_trap
from incidents.intake_desk import FLOOD, MOST_ALARMS, IntakeDesk
from incidents.intake_records import counts
from incidents.listing import incidents
from incidents.model import DAMPING, Changes, IncidentState
from inventory.intake import IntakeRule
from logbook.book import Logbook
from phrases import verbatim
from store.database import Store, StoreBusy, open_store
from store.migrating import migrate
from store.schema import received
from tests.collectors.intake import senders
from tests.collectors.intake.senders import COLD_START, LINK_DOWN, LINK_UP, arrived, link
from tests.incidents.intakes import desk_of, post, running, until
from tests.maintenance.fakes import logbook, proven
from tests.postgres import postgres_server, postgres_url, store_url
from tests.tiers import SEED
from tests.tiers import count as times

__all__ = ["postgres_server", "postgres_url", "store_url"]

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRAPS, SYSLOG = Receiver.TRAPS, Receiver.SYSLOG
PLAIN_LINE = b"<14>Nov 22 11:00:00 rt-1 a: b"


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(store_url, tmp_path / "data")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Logbook:
    return logbook(store, tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Logbook]:
    """On SQLite alone: what is tried here are the sockets."""
    opened = open_store(f"sqlite:///{tmp_path}/data/lineguard.db", tmp_path / "data")
    migrate(opened)
    yield logbook(opened, tmp_path)
    opened.close()


# --- what messages mean, at the desk -----------------------------------------------------------


def trapped(raw: bytes) -> Received:
    return read_trap(arrived(raw), None)[0]


def logged(raw: bytes) -> Received:
    return read_line(arrived(raw, SYSLOG))


def take(desk: IntakeDesk, minute: float, *messages: Received) -> Changes:
    return desk.take(messages, {(TRAPS, Outcome.STORED): len(messages)}, (), AT + minute * MINUTE)


def states(book: Logbook) -> list[tuple[str, str]]:
    with book.store.read() as tx:
        return sorted((one.cause, str(one.state)) for one in incidents(tx, states=None))


def test_a_port_that_goes_down_is_one_incident_however_it_is_told_and_ends_when_it_is_up(
    book: Logbook,
) -> None:
    desk = desk_of(book)
    take(desk, 0, trapped(link(LINK_DOWN)), trapped(link(LINK_DOWN)))
    take(desk, 0.1, logged(senders.VRP_DOWN))
    cause = "alarm:rt-1:link:GigabitEthernet0/0/1"
    assert states(book) == [(cause, "open")]
    with book.store.read() as tx:
        (one,) = incidents(tx)
    assert one.sentence["en"] == (
        "rt-1: port GigabitEthernet0/0/1 went down (by SNMP trap, from 127.0.0.1)"
    )
    assert (one.device, one.item, one.check, one.severity) == ("rt-1", "M54", "linkDown", "warning")
    take(desk, 1, logged(senders.VRP_UP))
    assert states(book) == [(cause, "resolved")]
    assert proven(book) == ""


@pytest.mark.parametrize(("admin", "opened"), [(1, 1), (2, 0)])
def test_a_port_that_somebody_shut_down_is_no_fault(book: Logbook, admin: int, opened: int) -> None:
    take(desk_of(book), 0, trapped(link(LINK_DOWN, admin=admin)))
    assert len(states(book)) == opened


def test_what_begins_and_ends_in_one_batch_leaves_no_incident_but_is_stored(
    book: Logbook,
) -> None:
    take(desk_of(book), 0, trapped(link(LINK_DOWN)), trapped(link(LINK_UP)))
    assert states(book) == []
    with book.store.read() as tx:
        assert len(tx.execute(select(received.c.id)).all()) == 2


def test_a_burst_of_one_device_is_bounded_and_ends_when_all_of_it_has_ended(
    book: Logbook,
) -> None:
    desk = desk_of(book)
    ports = [f"GE0/0/{number}" for number in range(MOST_ALARMS + 3)]
    take(desk, 0, *(trapped(link(LINK_DOWN, port)) for port in ports))
    open_ones = states(book)
    assert len(open_ones) == MOST_ALARMS + 1
    assert ("alarm:rt-1:many", "open") in open_ones
    take(desk, 1, *(trapped(link(LINK_UP, port)) for port in ports[MOST_ALARMS + 1 :]))
    assert ("alarm:rt-1:many", "open") in states(book)
    take(desk, 2, trapped(link(LINK_UP, ports[MOST_ALARMS])))
    assert ("alarm:rt-1:many", "resolved") in states(book)
    assert proven(book) == ""


def test_an_event_that_nothing_ends_is_over_when_it_did_not_come_again(book: Logbook) -> None:
    desk = desk_of(book)
    take(desk, 0, trapped(senders.trap(COLD_START, [])))
    desk.sweep(AT + 59 * MINUTE)
    assert states(book) == [("alarm:rt-1:coldStart", "open")]
    desk.sweep(AT + 60 * MINUTE)
    assert states(book) == [("alarm:rt-1:coldStart", "resolved")]


def test_an_alarm_that_something_ends_is_never_over_by_silence(book: Logbook) -> None:
    desk = desk_of(book)
    take(desk, 0, trapped(link(LINK_DOWN)))
    desk.sweep(AT + timedelta(days=30))
    assert states(book) == [("alarm:rt-1:link:GigabitEthernet0/0/1", "open")]


def test_a_port_that_flaps_is_one_incident_until_it_stayed_up(book: Logbook) -> None:
    desk = desk_of(book)
    for turn in range(DAMPING.flaps + 1):
        take(desk, 2 * turn, trapped(link(LINK_DOWN)))
        take(desk, 2 * turn + 1, trapped(link(LINK_UP)))
    cause = "alarm:rt-1:link:GigabitEthernet0/0/1"
    assert states(book) == [(cause, "open")]
    last = 2 * DAMPING.flaps + 1
    desk.sweep(AT + last * MINUTE + DAMPING.calm - MINUTE)
    assert states(book) == [(cause, "open")]
    desk.sweep(AT + last * MINUTE + DAMPING.calm)
    assert states(book) == [(cause, "resolved")]


@pytest.mark.parametrize(
    ("raw", "severity"),
    [
        (b"<8>Nov 22 2026 11:00:00 rt-1 %%01DEV/2/X(l)[0]:hot", "critical"),
        (b"<8>Nov 22 2026 11:00:00 rt-1 %%01DEV/3/X(l)[0]:hot", "warning"),
        (b"<8>Nov 22 2026 11:00:00 rt-1 %%01DEV/4/X(l)[0]:hot", None),
        (b"<9>Nov 22 11:00:00 db-1 kernel: panic", "critical"),
        (b"<10>Nov 22 11:00:00 db-1 kernel: bad", "warning"),
        (b"<11>Nov 22 11:00:00 db-1 kernel: error", None),
        (b"<8>words without a header", None),
    ],
)
def test_the_severity_of_a_log_decides_where_no_rule_does(
    book: Logbook, raw: bytes, severity: str | None
) -> None:
    take(desk_of(book), 0, logged(raw))
    with book.store.read() as tx:
        assert [one.severity for one in incidents(tx)] == ([severity] if severity else [])


def test_a_rule_of_the_site_comes_before_the_built_in_ones(book: Logbook) -> None:
    quiet = IntakeRule(name="quiet", subject="DHCP/*", severity="info")
    fan = IntakeRule(name="fan", kind="trap", subject="1.3.6.1.4.1.9.1", key=("1.3.6.1.4.1.9.2",),
                     severity="critical")  # fmt: skip
    well = IntakeRule(name="fan-well", kind="trap", subject="1.3.6.1.4.1.9.3", alarm="fan",
                      key=("1.3.6.1.4.1.9.2",), over=True)  # fmt: skip
    desk = desk_of(book, (quiet, fan, well))
    take(desk, 0, logged(b"<8>Nov 22 2026 11:00:00 rt-1 %%01DHCP/2/X(l)[0]:full"))
    assert states(book) == []
    which = [("1.3.6.1.4.1.9.2.7", senders.octets(b"FAN 1"))]
    take(desk, 0, trapped(senders.trap("1.3.6.1.4.1.9.1", which)))
    assert states(book) == [("alarm:rt-1:fan:FAN 1", "open")]
    take(desk, 1, trapped(senders.trap("1.3.6.1.4.1.9.3", which)))
    assert states(book) == [("alarm:rt-1:fan:FAN 1", "resolved")]


def test_old_messages_are_let_go_and_stay_counted(book: Logbook) -> None:
    desk = desk_of(book)
    take(desk, 0, logged(senders.VRP_UP), logged(senders.VRP_UP))
    desk.let_go(senders.AT, 10, AT)
    assert kept(book) == 2
    assert not desk.let_go(senders.AT + MINUTE, 10, AT)
    assert kept(book) == 0
    with book.store.read() as tx:
        assert ("traps", "stored", 2) in counts(tx, AT)
        assert ("syslog", "expired", 2) in counts(tx, AT)


@pytest.mark.parametrize(("most", "left"), [(3, 3), (2, 2), (1, 1)])
def test_of_more_messages_than_are_kept_the_oldest_go(book: Logbook, most: int, left: int) -> None:
    desk = desk_of(book)
    take(desk, 0, *[logged(senders.VRP_UP)] * 3)
    desk.let_go(senders.AT, most, AT)
    assert kept(book) == left


def kept(book: Logbook) -> int:
    with book.store.read() as tx:
        return len(tx.execute(select(received.c.id)).all())


# --- the sockets -------------------------------------------------------------------------------


async def test_everything_sent_is_stored_or_counted_whatever_it_is(local: Logbook) -> None:
    async with running(local, community=b"public") as intake:
        intake.send(TRAPS, link(LINK_DOWN), b"noise", senders.trap(LINK_DOWN, [], b"other"))
        intake.send(TRAPS, link(LINK_DOWN), source="127.0.0.9")
        intake.send(SYSLOG, PLAIN_LINE, b"no priority", b"<1>" + b"x" * 9_000)
        await until(lambda: sum(intake.counts().values()) == 7)
        assert intake.counts() == {
            ("traps", "stored"): 1, ("traps", "malformed"): 1, ("traps", "refused"): 1,
            ("traps", "unknown_source"): 1, ("syslog", "stored"): 1, ("syslog", "malformed"): 1,
            ("syslog", "too_large"): 1,
        }  # fmt: skip
        assert intake.stored() == 2
        assert [one.cause for one in intake.open()] == ["alarm:rt-1:link:GigabitEthernet0/0/1"]


async def test_garbage_is_counted_and_is_never_an_incident(local: Logbook) -> None:
    rng = random.Random(SEED)  # noqa: S311
    noise = [rng.randbytes(rng.randrange(1, 300)) for _ in range(times(300, 20_000))]
    whole = (link(LINK_DOWN), senders.VRP_DOWN)
    cut = [one[: rng.randrange(1, len(one) // 2)] for one in whole for _ in noise]
    async with running(local) as intake:
        for begin in range(0, len(noise), 100):
            intake.send(TRAPS, *noise[begin : begin + 100], *cut[begin : begin + 100])
            intake.send(SYSLOG, *noise[begin : begin + 100])
            await asyncio.sleep(0)
        every = 2 * len(noise) + len(cut[: len(noise)])
        await until(lambda: sum(intake.counts().values()) == every, 60)
        assert intake.counts()["traps", "malformed"] == 2 * len(noise)
        assert intake.open() == ()


async def test_an_inform_is_answered_after_it_is_stored(local: Logbook) -> None:
    async with running(local) as intake:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.setblocking(False)
            sender.sendto(
                senders.trap(LINK_DOWN, [], tag=senders.INFORM),
                ("127.0.0.1", intake.ports[TRAPS]),
            )
            loop = asyncio.get_running_loop()
            answer = await asyncio.wait_for(loop.sock_recv(sender, 1_000), 10)
        assert intake.stored() == 1
        assert answer[13:14] == b"\xa2"


async def test_both_framings_of_tcp_are_read_and_a_cut_frame_is_counted(local: Logbook) -> None:
    async with running(local) as intake:
        line = b"<11>Nov 22 11:00:00 rt-1 a: b"
        _, writer = await asyncio.open_connection("127.0.0.1", intake.ports[Receiver.SYSLOG_TCP])
        writer.write(b"%d %s" % (len(line), line) + line + b"\n" + line + b"\r\n" + b"40 <11>cut")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await until(lambda: sum(intake.counts().values()) == 4)
        assert intake.counts() == {("syslog_tcp", "stored"): 3, ("syslog_tcp", "malformed"): 1}


@pytest.mark.parametrize(
    ("frame", "outcome"), [(b"99999 x", "too_large"), (b"1x", "malformed"), (b"<1>", "malformed")]
)
async def test_a_frame_that_is_none_ends_its_connection(
    local: Logbook, frame: bytes, outcome: str
) -> None:
    async with running(local) as intake:
        _, writer = await asyncio.open_connection("127.0.0.1", intake.ports[Receiver.SYSLOG_TCP])
        writer.write(frame)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await until(intake.counts)
        assert intake.counts() == {("syslog_tcp", outcome): 1}


async def test_a_sender_over_tcp_that_is_faster_than_the_store_loses_nothing(
    local: Logbook,
) -> None:
    many = 3_000
    async with running(local, backlog=Backlog(most=200)) as intake:
        _, writer = await asyncio.open_connection("127.0.0.1", intake.ports[Receiver.SYSLOG_TCP])
        for number in range(many):
            writer.write(b"<14>Nov 22 11:00:00 rt-1 a: %d\n" % number)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        await until(lambda: intake.stored() == many)
        assert intake.counts() == {("syslog_tcp", "stored"): many}


async def test_an_alert_is_answered_when_stored_and_ends_with_its_resolution(
    local: Logbook,
) -> None:
    async with running(local) as intake:
        port = intake.ports[Receiver.WEB]
        fired = senders.body(senders.alert(device="db-1"))
        assert await post(port, "/v1/alertmanager", fired) == 200
        assert intake.stored() == 1
        (one,) = intake.open()
        assert (one.device, one.item, one.severity) == ("db-1", "M55", "critical")
        assert one.sentence["en"] == (
            "db-1: alert DiskFull: the disk is full (by Alertmanager, from 127.0.0.1)"
        )
        over = senders.body(senders.alert("resolved", device="db-1"))
        assert await post(port, "/v1/alertmanager", over) == 200
        assert intake.open() == ()


@pytest.mark.parametrize(
    ("path", "token", "head", "status", "outcome"),
    [
        ("/v1/alarms", "", "", 401, "refused"),
        ("/v1/alarms", "a token of the testS", "", 401, "refused"),
        ("/v1/nothing", "a token of the tests", "", 404, "malformed"),
        ("/v1/alarms", "a token of the tests", "Content-Length: 99999999\r\n", 413, "too_large"),
        ("/v1/alarms", "a token of the tests", "Content-Length: -1\r\n", 400, "malformed"),
        ("/v1/alarms", "a token of the tests", "Transfer-Encoding: chunked\r\n", 411, "malformed"),
        ("/v1/alarms", "a token of the tests", "", 400, "malformed"),
    ],
)
async def test_a_request_that_is_refused_is_counted(
    local: Logbook, path: str, token: str, head: str, status: int, outcome: str
) -> None:
    async with running(local) as intake:
        assert await post(intake.ports[Receiver.WEB], path, b"{}", token, head) == status
        await until(intake.counts)
        assert intake.counts() == {("web", outcome): 1}
        assert intake.open() == ()


async def test_a_flood_is_counted_to_the_last_message_and_is_one_incident_that_ends(
    local: Logbook,
) -> None:
    async with running(local, backlog=Backlog(most=100)) as intake:
        many = 4_000
        intake.send(SYSLOG, *([senders.VRP_UP] * many))
        await until(lambda: sum(intake.counts().values()) == many)
        counts = intake.counts()
        assert counts.get((SYSLOG.value, "lost_in_queue"), 0) > 0, counts
        assert counts[SYSLOG.value, "stored"] == intake.stored()
        await until(lambda: [one.cause for one in intake.open()] == [FLOOD])
        began = asyncio.get_running_loop().time()
        await until(lambda: intake.open() == ())
        assert asyncio.get_running_loop().time() - began < 10
    with local.store.read() as tx:
        (one,) = incidents(tx, states=None)
    assert one.state is IncidentState.RESOLVED


async def test_what_the_system_threw_away_is_counted_as_it_counts_it(local: Logbook) -> None:
    async with running(local) as intake:
        (socket_of,) = [one for one in intake.flow.datagrams if one.receiver is SYSLOG]
        socket_of.opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        many = 2_000
        intake.send(SYSLOG, *([senders.VRP_UP] * many))  # the loop does not read meanwhile
        await until(lambda: sum(intake.counts().values()) == many)
        counts = intake.counts()
        lost = counts[SYSLOG.value, "lost_in_kernel"]
        assert lost == thrown_away(socket_of.opened) == kernel_says(intake.ports[SYSLOG])
        assert lost + counts[SYSLOG.value, "stored"] == many
        assert lost > 0


def kernel_says(port: int) -> int:
    rows = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    (found,) = [row.split() for row in rows if row.split()[1].endswith(f":{port:04X}")]
    return int(found[-1])


async def test_an_intake_that_cannot_begin_gives_its_ports_back(
    local: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> tuple[int, ...]:
        raise StoreBusy(verbatim("busy"))

    monkeypatch.setattr(IntakeDesk, "begin", busy)
    with pytest.raises(StoreBusy):
        async with running(local) as intake:
            ports = intake.ports
    for receiver in (TRAPS, SYSLOG):
        listening("127.0.0.1", ports[receiver]).close()


async def test_told_to_stop_it_stores_what_has_arrived(local: Logbook) -> None:
    async with running(local) as intake:
        await asyncio.sleep(0)
        intake.send(SYSLOG, *([senders.VRP_UP] * 50))
    assert intake.stored() == 50
