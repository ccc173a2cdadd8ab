"""Processes, ports, corosync's links, echoes, keepalived: whole and sane, or refused."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.parsers.corosync import parse_links
from collectors.parsers.echoes import last_vrrp_state, parse_echoes
from collectors.parsers.linux import Unreadable
from collectors.parsers.processes import (
    OnlyOwn,
    matching,
    parse_listening,
    parse_processes,
    shown_processes,
)
from collectors.sources.host_commands import ECHOES, LINKS, LISTENING, PROCESSES, VRRP, echo
from lab.embedded.linux_services import EchoData, LinkData, ServiceData, service_answer
from tests.tiers import count

RUNS = settings(max_examples=count(ci=200, soak=20_000), deadline=None)
PEER = "127.0.0.1"
DATA = ServiceData(
    processes=["/opt/cti/mds -a"],
    listening=[5400],
    links=[LinkData("10.9.0.1"), LinkData("10.8.0.1", connected=False)],
    vrrp={"VI_1": ["BACKUP", "FAULT"]},
    peers={PEER: EchoData(received=3)},
)


def echoes(answer: bytes) -> Any:  # noqa: ANN401
    return parse_echoes(answer, PEER, ECHOES)


def vrrp(answer: bytes) -> str | None:
    return last_vrrp_state(answer, "VI_1")


def said(command: str) -> bytes:
    return (service_answer(command, DATA) or "").encode()


PARSERS: list[tuple[Callable[[bytes], Any], bytes]] = [
    (parse_processes, said(PROCESSES)),
    (parse_listening, said(LISTENING)),
    (parse_links, said(LINKS)),
    (echoes, said(echo(PEER))),
    (vrrp, said(VRRP)),
]


@pytest.mark.parametrize(("parse", "answer"), PARSERS)
def test_an_answer_cut_at_any_byte_is_refused(parse: Callable[[bytes], Any], answer: bytes) -> None:
    assert parse(answer)  # the control: whole, it is read
    for end in range(len(answer) - 1):
        with pytest.raises(Unreadable):
            parse(answer[:end])


@RUNS
@given(noise=st.binary(max_size=2_000))
@pytest.mark.parametrize("parse", [one for one, _ in PARSERS])
def test_noise_is_refused(parse: Callable[[bytes], Any], noise: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(noise)


@RUNS
@given(data=st.data(), which=st.sampled_from(PARSERS))
def test_a_changed_byte_or_order_raises_nothing_else(
    data: st.DataObject, which: tuple[Callable[[bytes], Any], bytes]
) -> None:
    parse, answer = which
    at, byte = data.draw(st.integers(0, len(answer) - 1)), data.draw(st.integers(0, 255))
    lines = data.draw(st.permutations(answer.split(b"\n")))
    for changed in (answer[:at] + bytes([byte]) + answer[at + 1 :], b"\n".join(lines)):
        try:
            parse(changed)
        except (Unreadable, OnlyOwn):
            continue


@RUNS
@given(start=st.integers(0, len(said(LINKS)) - 1), length=st.integers(1, 120))
def test_a_hole_in_the_links_never_hides_the_one_that_is_down(start: int, length: int) -> None:
    """What is left either still has a lost node, or is refused, or has no link at all."""
    whole = said(LINKS)
    try:
        _, links = parse_links(whole[:start] + whole[start + length :])
    except Unreadable:
        return
    assert not links or any(link.lost for link in links)


# --- processes ---


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("/opt/mds *", 1),
        ("/opt/mds", 0),  # a whole command line, not a part of one
        ("/OPT/mds *", 0),
        ("*mds*", 2),
        ("/opt/mds -?", 1),
        ("java [x] *", 1),
        ("java x *", 0),
        ("", 0),
    ],
)
def test_a_glob_matches_whole_command_lines(glob: str, found: int) -> None:
    assert matching(("/opt/mds -a", "tail -f /var/log/mds", "java [x] y"), glob) == found


@pytest.mark.parametrize("glob", ["*a" * 60 + "b", "?" * 400 + "b", "*a?" * 60 + "b"])
def test_no_glob_runs_away(glob: str) -> None:
    began = time.perf_counter()
    matching(("a" * 4_000,) * 20, glob)
    assert time.perf_counter() - began < 1.0


def test_a_list_without_the_first_process_is_not_of_the_whole_host() -> None:
    with pytest.raises(OnlyOwn):
        parse_processes(b"4711 sh\n===end\n")


@pytest.mark.parametrize("answer", [b"===end\n", b"1\n===end\n", b"x /bin/sh\n===end\n"])
def test_a_list_that_is_not_as_ps_writes_it_is_refused(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_processes(answer)


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("/opt/x --password=a --user b", "x = /opt/x *"),
        ("/opt/other --password=a", "other"),
        ("[kworker/u8:0-a b]", "[kworker/u8:0-a"),
    ],
)
def test_what_is_kept_of_a_command_line_is_its_program_and_what_it_matched(
    command: str, kept: str
) -> None:
    shown = shown_processes(f"   12 {command}\n===end\n".encode(), ("/opt/x *", "y", "/opt/x *"))
    assert shown == f"12 {kept}\n===end\n".encode()


# --- this machine's own programs ---


def shell(command: str) -> bytes:
    return subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, timeout=20, check=False
    ).stdout


def test_the_processes_of_a_real_linux_are_read() -> None:
    try:
        commands = parse_processes(shell(PROCESSES))
    except OnlyOwn:
        return
    assert any("ps -ww" in one for one in commands)


def test_a_port_that_listens_on_a_real_linux_is_seen(free_listener: int) -> None:
    assert free_listener in parse_listening(shell(LISTENING))


@pytest.fixture
def free_listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def test_echoes_of_a_real_ping_are_read() -> None:
    answer = shell(echo("127.0.0.1"))
    if b"packets transmitted" not in answer:
        pytest.skip("this machine has no ping that may be used")
    seen = parse_echoes(answer, "127.0.0.1", ECHOES)
    assert (seen.received, seen.sent) == (ECHOES, ECHOES)


@pytest.mark.parametrize("peer", ["10.9.0.2; reboot", "-f", "peer.example", "10.9.0.2 -f", ""])
def test_only_addresses_are_ever_pinged(peer: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        echo(peer)


def test_a_zone_is_never_sent() -> None:
    assert " fe80::1; " in echo("fe80::1%eth0; reboot")


# --- corosync, through its versions ---

OLD = """Printing link status.
Local node ID 3
LINK ID 0
\taddr\t= 192.168.1.132
\tstatus:
\t\tnodeid  3:\tlink enabled:1\tlink connected:1
\t\tnodeid  4:\tlink enabled:1\tlink connected:{0}
LINK ID 1
\taddr\t= 192.168.2.132
\tstatus:
\t\tnodeid  3:\tlink enabled:0\tlink connected:1
\t\tnodeid  4:\tlink enabled:1\tlink connected:1
"""
OLDEST = """Printing link status.
Local node ID 2
LINK ID 0
        addr    = 10.10.11.2
        status:
                node 0: link enabled:1  link connected:{0}
                node 1: link enabled:1  link connected:1
"""
MIDDLE = """Printing link status.
Local node ID 1
LINK ID 0
        addr    = 192.168.106.155
        status:
                nodeid  1:      localhost
                nodeid  2:      {0}
"""
NEW = """Local node ID 2, transport knet
LINK ID 0 udp
\taddr\t= 10.10.11.2
\tstatus:
\t\tnodeid:          1:\t{0}
\t\tnodeid:          2:\tlocalhost
LINK ID 3 sctp
**SCTP is deprecated and will be removed in a future release
\taddr\t= 10.10.10.2
\tstatus:
\t\tnodeid:          1:\tconnected
\t\tnodeid:          2:\tlocalhost
"""
RING = """Printing ring status.
Local node ID 1
RING ID 0
\tid\t= 192.168.1.1
\tstatus\t= {0}
"""
UDPU = """Printing link status.
Local node ID 1
LINK ID 0
\taddr\t= 192.168.1.1
\tstatus\t= {0}
"""


@pytest.mark.parametrize(
    ("shape", "good", "bad", "lost"),
    [
        (OLD, "1", "0", ("4",)),
        (OLDEST, "1", "0", ("0",)),
        (MIDDLE, "connected", "disconnected", ("2",)),
        (MIDDLE, "connected", "disconnected (not enabled)", ("2",)),
        (NEW, "connected", "disconnected", ("1",)),
        (RING, "ring 0 active with no faults",
         "Marking seqid 312 ringid 0 interface 192.168.1.1 FAULTY", ("*",)),
        (UDPU, "OK", "strange", ("*",)),
    ],
)  # fmt: skip
def test_the_links_are_read_in_the_words_of_every_version(
    shape: str, good: str, bad: str, lost: tuple[str, ...]
) -> None:
    well = parse_links(f"{shape.format(good)}===status 0\n===end\n".encode())[1]
    ill = parse_links(f"{shape.format(bad)}===status 1\n===end\n".encode())[1]
    assert well and not any(link.lost for link in well)
    assert ill[0].lost == lost
    assert not any(link.lost for link in ill[1:])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\t\tnodeid:          1:\tconnected\n", ""),  # a node less on one link
        ("LINK ID 3", "LINK ID 0"),
        ("\taddr\t= 10.10.10.2\n", ""),
        ("nodeid:          2", "nodeid:          1"),
        ("connected", "half connected"),
        ("Local node", "Remote node"),
    ],
)
def test_links_that_contradict_one_another_are_refused(old: str, new: str) -> None:
    text = NEW.format("connected").replace(old, new, 1)
    with pytest.raises(Unreadable):
        parse_links(f"{text}===status 0\n===end\n".encode())


# --- echoes and keepalived ---


@pytest.mark.parametrize(
    "summary",
    [
        "10 packets transmitted, 10 packets received, 0% packet loss\n"
        "round-trip min/avg/max = 0.1/0.4/0.9 ms",  # busybox
        "10 packets transmitted, 10 received, 0% packet loss, time 1805ms\n"
        "rtt min/avg/max/mdev = 0.1/0.4/0.9/0.01 ms, pipe 2",
    ],
)
def test_the_summary_of_each_ping_is_read(summary: str) -> None:
    seen = parse_echoes(f"PING\n\n{summary}\n===end\n".encode(), "10.9.0.2", 10)
    assert (seen.received, seen.round_trip_ms) == (10, 0.4)


def test_unreachable_errors_count_as_lost() -> None:
    text = "10 packets transmitted, 0 received, +10 errors, 100% packet loss, time 9ms"
    seen = parse_echoes(f"{text}\n===end\n".encode(), "10.9.0.2", 10)
    assert (seen.received, seen.round_trip_ms) == (0, None)


@pytest.mark.parametrize(
    "summary",
    [
        "9 packets transmitted, 9 received, 0% packet loss, time 1ms\n"
        "rtt min/avg/max/mdev = 0.1/0.4/0.9/0.01 ms",
        "10 packets transmitted, 10 received, 0% packet loss, time 1ms",
        "10 packets transmitted, 11 received, 0% packet loss, time 1ms\n"
        "rtt min/avg/max/mdev = 0.1/0.4/0.9/0.01 ms",
        "ping: unknown host",
    ],
)
def test_a_summary_that_does_not_add_up_is_refused(summary: str) -> None:
    with pytest.raises(Unreadable):
        parse_echoes(f"{summary}\n===end\n".encode(), "10.9.0.2", 10)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("(VI_1) Entering MASTER STATE", "master"),
        ("VRRP_Instance(VI_1) Entering FAULT STATE", "fault"),
        ("(VI_1) Entering BACKUP STATE (init)", "backup"),
        ("(VI_2) Entering MASTER STATE", None),
        ("(VI_1) Receive advertisement timeout", None),
    ],
)
def test_the_state_of_an_instance_is_the_last_it_entered(line: str, state: str | None) -> None:
    text = f"Starting\n{line}\n===end\n".encode()
    assert last_vrrp_state(text, "VI_1") == state
