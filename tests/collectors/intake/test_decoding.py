"""Traps, logs and bodies, decoded: what each form says, and what is no message at all."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.intake.decoding import Decoder, Senders
from collectors.intake.hooks import ALERTS, PLAIN, read_body
from collectors.intake.model import RAW_LIMIT, Arrived, Garbage, NotAccepted, Outcome, Receiver
from collectors.intake.streams import Cut, TooLarge, frames
from collectors.intake.syslog import read_line
from collectors.intake.traps import RESPONSE, read_trap
from collectors.intake.web import REASONS, Answer, head_of, length_of
from lab.embedded.snmp_ber import SEQUENCE, wrap
from tests.collectors.intake import senders
from tests.collectors.intake.senders import LINK_DOWN, arrived
from tests.tiers import SEED, count

SENDERS = Senders(
    named={},
    addresses={"127.0.0.1": ("rt-1",), "127.0.0.2": ("a", "b")},
    callers={"prometheus": "nms-1"},
    devices=frozenset({"rt-1", "a", "b", "nms-1"}),
)


def decoder(community: bytes | None = None) -> Decoder:
    return Decoder(senders=SENDERS, community=lambda: community)


def line(raw: bytes) -> Arrived:
    return arrived(raw, Receiver.SYSLOG)


def outcome(one: Arrived, community: bytes | None = None) -> Outcome:
    ((_, decoded),) = decoder(community).decode_all([one])
    return decoded.outcome


def test_a_trap_of_version_2c_is_read_with_its_variables() -> None:
    message, reply = read_trap(arrived(senders.link(LINK_DOWN)), None)
    assert (message.subject, reply) == (LINK_DOWN, None)
    assert dict(message.fields) == {
        "ifIndex": "3", "ifDescr": "GigabitEthernet0/0/1", "ifAdminStatus": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("generic", "specific", "name"),
    [
        (0, 0, "1.3.6.1.6.3.1.1.5.1"),
        (2, 0, LINK_DOWN),
        (5, 0, "1.3.6.1.6.3.1.1.5.6"),
        (6, 7, "1.3.6.1.4.1.2011.2.0.7"),
    ],
)
def test_a_trap_of_version_1_has_the_name_that_rfc_3584_gives_it(
    generic: int, specific: int, name: str
) -> None:
    raw = senders.old_trap("1.3.6.1.4.1.2011.2", generic, specific, [])
    assert read_trap(arrived(raw), None)[0].subject == name


@pytest.mark.parametrize("generic", [-1, 7])
def test_a_trap_of_no_known_kind_is_garbage(generic: int) -> None:
    with pytest.raises(Garbage):
        read_trap(arrived(senders.old_trap("1.3.6.1.4.1.9", generic, 0, [])), None)


def test_an_inform_is_answered_with_its_own_words() -> None:
    raw = senders.trap(LINK_DOWN, [], tag=senders.INFORM)
    _, reply = read_trap(arrived(raw), None)
    assert reply is not None
    differing = [at for at, pair in enumerate(zip(raw, reply, strict=True)) if pair[0] != pair[1]]
    assert len(differing) == 1
    assert reply[differing[0]] == RESPONSE


def test_another_community_is_not_accepted() -> None:
    read_trap(arrived(senders.link(LINK_DOWN)), b"public")
    with pytest.raises(NotAccepted):
        read_trap(arrived(senders.link(LINK_DOWN)), b"Public")


def test_version_3_is_refused_where_nobody_reads_it() -> None:
    raw = wrap(SEQUENCE, senders.number(3))
    assert outcome(arrived(raw)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("raw", "subject", "severity", "host", "text"),
    [
        (senders.VRP_DOWN, "IFNET/LINK_STATE", 4, "rt-1",
         "The line protocol IP on the interface GigabitEthernet0/0/1 has entered the DOWN state."),
        (b"<34>Oct 11 22:14:15 db-1 su[12]: failed", "su", 2, "db-1", "failed"),
        (b"<13>Oct  1 22:14:15 db-1 no tag here", "", 5, "db-1", "no tag here"),
        (b'<165>1 2026-11-22T11:00:00.003+08:00 h app - ID47 [x@1 a="b\\"c"] \xef\xbb\xbfAn entry',
         "app/ID47", 5, "h", "An entry"),
        (b"<165>1 - - - - - -", "", 5, "", ""),
        (b"<8>no header", "", None, "", "no header"),
        ("<11>Oct 11 22:14:15 fs-1 备份: 失败".encode("gb18030"), "", 3, "fs-1", "备份: 失败"),
    ],
)  # fmt: skip
def test_a_line_is_read_in_the_form_that_it_has(
    raw: bytes, subject: str, severity: int | None, host: str, text: str
) -> None:
    one = read_line(line(raw))
    assert (one.subject, one.severity, one.host, one.text) == (subject, severity, host, text)


def test_structured_data_becomes_fields() -> None:
    raw = b'<1>1 - h a - - [x@1 a="1" b="\\]"][y c="3"] text'
    assert read_line(line(raw)).fields == (("a", "1"), ("b", "]"), ("c", "3"))


@pytest.mark.parametrize(
    "raw",
    [b"", b"no priority", b"<192>x", b"<>x", b"<12", b"<12>", b"<1>1 ", b"<1>1 - h a - -",
     b"<1>1 yesterday h a - - -", b'<1>1 - h a - - [x a="1" text', b"<1>1 - h a - - x",
     b'<1>1 - h a - - [x a="]"] t'],
)  # fmt: skip
def test_what_is_no_line_of_syslog_is_garbage(raw: bytes) -> None:
    with pytest.raises(Garbage):
        read_line(line(raw))


@pytest.mark.parametrize("priority", [0, 191])
def test_the_greatest_and_the_least_priority_are_taken(priority: int) -> None:
    assert read_line(line(b"<%d>Oct 11 22:14:15 h a: b" % priority)).severity == priority % 8


def test_control_characters_of_a_sender_reach_nobody() -> None:
    one = read_line(line(b"<8>Oct 11 22:14:15 h a: \x1b[31mred\x07\r\nnext\x00"))
    assert one.text == "red next"


def test_every_alert_of_a_body_is_a_message() -> None:
    raw = senders.body(senders.alert(), senders.alert("resolved", device="db-1"))
    first, second = read_body(arrived(raw, Receiver.WEB, ALERTS))
    assert (first.subject, first.severity, first.over) == ("DiskFull", 2, False)
    assert (first.host, second.host, second.over) == ("10.0.0.7", "db-1", True)
    assert first.text == "the disk is full"


def test_the_plain_body_is_read() -> None:
    raw = b'{"device": "db-1", "key": "backup", "severity": "error", "text": "none"}'
    (one,) = read_body(arrived(raw, Receiver.WEB, PLAIN))
    assert (one.subject, one.severity, one.host, one.text) == ("backup", 3, "db-1", "none")


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        (ALERTS, b""), (ALERTS, b"[]"), (ALERTS, b'{"version": "3", "alerts": []}'),
        (ALERTS, senders.body()), (ALERTS, b"[" * 100_000),
        (ALERTS, senders.body({"status": "firing", "labels": {}})),
        (ALERTS, senders.body({**senders.alert(), "status": "maybe"})),
        (ALERTS, senders.body(*[senders.alert()] * 501)),
        (PLAIN, b'{"key": "a"}'), (PLAIN, b'{"key": "a", "text": "b", "more": 1}'),
        (PLAIN, b'{"key": "a", "text": "b", "severity": "purple"}'),
        (PLAIN, b'{"key": 1, "text": "b"}'),
    ],
)  # fmt: skip
def test_what_is_no_body_of_ours_is_garbage(form: str, raw: bytes) -> None:
    with pytest.raises(Garbage):
        read_body(arrived(raw, Receiver.WEB, form))


def test_an_alert_that_is_nested_too_deeply_is_garbage_however_deep() -> None:
    """Around some depth, that of the stack here, it can be read and cannot be written any more."""
    for depth in range(1, sys.getrecursionlimit()):
        nested = b"[" * depth + b"]" * depth
        raw = senders.body({**senders.alert(), "more": "@"}).replace(b'"@"', nested)
        with suppress(Garbage):
            read_body(arrived(raw, Receiver.WEB, ALERTS))


def test_lone_surrogates_do_not_reach_the_store() -> None:
    (one,) = read_body(arrived(b'{"key": "a\\ud800", "text": "b\\ud800"}', Receiver.WEB, PLAIN))
    assert (one.subject, one.text) == ("a", "b")


@pytest.mark.parametrize(
    ("source", "host", "device"),
    [("127.0.0.1", "x", "rt-1"), ("127.0.0.2", "b", "b"), ("127.0.0.2", "rt-1", None),
     ("127.0.0.9", "rt-1", None)],
)  # fmt: skip
def test_the_address_decides_whose_words_they_are(
    source: str, host: str, device: str | None
) -> None:
    raw = b"<11>Oct 11 22:14:15 %s a: b" % host.encode()
    one = arrived(raw, Receiver.SYSLOG, source=source)
    assert SENDERS.device(read_line(one)) == device
    expected = Outcome.UNKNOWN_SOURCE if device is None else Outcome.STORED
    assert outcome(one) is expected


def test_a_caller_speaks_of_the_device_it_names_else_of_its_own() -> None:
    for host, device in (("a", "a"), ("127.0.0.1", "rt-1"), ("nowhere", "nms-1")):
        raw = senders.body(senders.alert(instance=host))
        (one,) = read_body(arrived(raw, Receiver.WEB, ALERTS))
        assert SENDERS.device(one) == device


SEEDS: list[tuple[Receiver, str, bytes]] = [
    (Receiver.TRAPS, "", senders.link(LINK_DOWN)),
    (Receiver.TRAPS, "", senders.old_trap("1.3.6.1.4.1.2011", 2, 0, [])),
    (Receiver.SYSLOG, "", senders.VRP_DOWN),
    (Receiver.SYSLOG, "", b'<165>1 2026-11-22T11:00:00Z h app - ID47 [x@1 a="b\\"c"] text'),
    (Receiver.WEB, ALERTS, senders.body(senders.alert())),
    (Receiver.WEB, PLAIN, b'{"key": "a", "text": "b"}'),
]


@pytest.mark.parametrize(("receiver", "form", "seed"), SEEDS)
def test_every_message_that_is_cut_off_is_counted_and_never_crashes(
    receiver: Receiver, form: str, seed: bytes
) -> None:
    found = [outcome(arrived(seed[:at], receiver, form)) for at in range(len(seed))]
    if receiver is not Receiver.SYSLOG:
        assert set(found) == {Outcome.MALFORMED}
    assert outcome(arrived(seed, receiver, form)) is Outcome.STORED


@given(raw=st.binary(max_size=400))
@settings(max_examples=count(200, 20_000), deadline=None, derandomize=True)
def test_noise_is_garbage_and_never_crashes(raw: bytes) -> None:
    for receiver, form, _ in SEEDS:
        found = outcome(arrived(raw, receiver, form))
        assert found in (Outcome.MALFORMED, Outcome.STORED, Outcome.REFUSED)
        assert receiver is not Receiver.TRAPS or found is not Outcome.STORED


@given(raw=st.binary(max_size=200), head=st.sampled_from((b"", b"POST /v1/alarms HTTP/1.1\r\n")))
@settings(max_examples=count(200, 20_000), deadline=None, derandomize=True)
def test_noise_on_the_web_is_an_answer(raw: bytes, head: bytes) -> None:
    try:
        length_of(head_of(head + raw + b"\r\n\r\n"))
    except Answer as answer:
        assert answer.status in REASONS


@given(raw=st.binary(max_size=200))
@settings(max_examples=count(100, 10_000), deadline=None, derandomize=True)
def test_noise_in_a_stream_ends_it(raw: bytes) -> None:
    async def read() -> None:
        reader = asyncio.StreamReader(limit=RAW_LIMIT + 2)
        reader.feed_data(raw)
        reader.feed_eof()
        with suppress(Cut, TooLarge):
            async for one in frames(reader):
                assert one

    asyncio.run(read())


def _flip(raw: bytearray, rng: random.Random) -> None:
    raw[rng.randrange(len(raw))] = rng.randrange(256)


def _drop(raw: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(raw))
    del raw[at : at + rng.randrange(1, 8)]


def _double(raw: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(raw))
    raw[at:at] = raw[at : at + rng.randrange(1, 40)]


@pytest.mark.parametrize(("receiver", "form", "seed"), SEEDS)
def test_what_was_spoilt_on_its_way_never_crashes(
    receiver: Receiver, form: str, seed: bytes
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    ways: list[Callable[[bytearray, random.Random], None]] = [_flip, _drop, _double]
    for _ in range(count(1_500, 100_000)):
        raw = bytearray(seed)
        for _ in range(rng.randrange(1, 4)):
            if raw:
                rng.choice(ways)(raw, rng)
        ((_, decoded),) = decoder().decode_all([arrived(bytes(raw[:RAW_LIMIT]), receiver, form)])
        for message in decoded.messages:
            assert message.text.isprintable()
            message.text.encode("utf-8")
            assert len(message.text) <= 500
