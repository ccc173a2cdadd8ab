"""Telling people: retries, bundles, independent ways, and no word after an acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.verdict import Severity
from incidents.desk import IncidentDesk
from incidents.escalation import Post
from incidents.notifying.channels import (
    Message,
    NotSent,
    Way,
    Ways,
)
from incidents.notifying.delivery import BUNDLE_FROM, LEAST_TRIES, Delivered, Delivery
from incidents.notifying.paths import Paths
from incidents.silences import Silence, Where
from incidents.topology import Topology
from phrases import say
from store.database import open_store
from store.locks import Held
from store.migrating import migrate
from tests.incidents.test_clockwork import MINUTE, Night
from tests.incidents.test_correlate import AT, abnormal, sees, silence
from tests.incidents.test_escalation import Board
from tests.incidents.test_handling import CHEN, done
from tests.maintenance.fakes import entries, logbook, proven

WECOM = Way(name="wecom", url="json://wecom", needs=("rt-1",))
SMS = Way(name="sms", url="json://sms", needs=("gw-1",))
TREE = Topology({"rt-1": ("sw-1",), "gw-1": (), "sw-1": ()})


@dataclass
class Phones:
    """Every phone there is; a channel in `broken` takes nothing."""

    broken: set[str] = field(default_factory=set)
    heard: list[tuple[str, str, Message]] = field(default_factory=list)
    before: Any = None
    dies_after: bool = False

    async def send(self, way: Way, address: str, message: Message) -> None:
        if self.before is not None:
            self.before()
        if way.name in self.broken:
            raise NotSent(say("no way"))
        self.heard.append((address, way.name, message))
        if self.dies_after:
            raise Died


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    store = open_store(f"sqlite:///{tmp_path / 'data/lineguard.db'}", tmp_path / "data")
    migrate(store)
    made = Night(logbook(store, tmp_path))
    made.board = Board({Post.PRIMARY: ("陈静",), Post.BACKUP: ("刘洋",)})
    yield made
    store.close()


def deliver(night: Night, phones: Phones, *ways: Way, topology: Topology = TREE) -> Delivered:
    chosen = ways or (WECOM, SMS)
    addresses = {
        name: {way.name: f"{way.name}:{name}" for way in chosen} for name in ("陈静", "刘洋")
    }
    return asyncio.run(delivery(night, phones, Ways(chosen, addresses), topology).deliver())


def delivery(night: Night, phones: Phones, ways: Ways, topology: Topology = TREE) -> Delivery:
    return Delivery(
        store=night.book.store,
        logbook=night.book,
        ways=ways,
        paths=Paths(topology),
        sender=phones,
        clock=lambda: night.now,
        lang="en",
    )


def test_what_is_critical_goes_over_every_sound_way_with_one_key(night: Night) -> None:
    phones = Phones()
    night.sees(ill=True)
    night.tick(0)
    assert deliver(night, phones) == Delivered(sent=1)
    assert [address for address, _way, _message in phones.heard] == ["wecom:陈静", "sms:陈静"]
    (key,) = {message.key for _address, _way, message in phones.heard}
    message = phones.heard[0][2]
    assert message.text.endswith(f"[{key}]") and "lineguard incident ack 1" in message.text
    assert deliver(night, phones) == Delivered()
    assert proven(night.book) == ""


def test_notice_through_the_failed_path(night: Night) -> None:
    """The scar: a page about what a channel leads through never depends on that channel."""
    phones = Phones()
    night.sees(ill=True)  # fw-1
    night.tick(0)
    through = Topology({"rt-1": ("fw-1",), "gw-1": ()})
    deliver(night, phones, topology=through)
    assert [way for _address, way, _message in phones.heard] == ["sms"]


def test_where_no_way_is_sound_every_way_is_tried(night: Night) -> None:
    phones = Phones()
    night.sees(ill=True)
    night.tick(0)
    deliver(night, phones, topology=Topology({"rt-1": ("fw-1",), "gw-1": ("fw-1",)}))
    assert [way for _address, way, _message in phones.heard] == ["wecom", "sms"]


def test_what_is_not_taken_is_tried_again_after_a_pause_that_grows(night: Night) -> None:
    phones = Phones(broken={"wecom", "sms"})
    night.sees(ill=True)
    night.tick(0)
    seen = []
    for second in range(0, 241, 10):
        night.now = AT + timedelta(seconds=second)
        before = len(entries(night.book.store, "told"))
        deliver(night, phones)
        if len(entries(night.book.store, "told")) > before:
            seen.append(second)
    assert seen == [0, 30, 90, 210]
    phones.broken.clear()
    night.now = AT + timedelta(seconds=460)
    assert deliver(night, phones).sent == 1
    assert proven(night.book) == ""


def test_page_after_acknowledgement_is_withdrawn(night: Night) -> None:
    phones = Phones(broken={"wecom", "sms"})
    night.sees(ill=True)
    night.tick(0)
    deliver(night, phones)
    done(night.hands.acknowledge(1, CHEN))
    phones.broken.clear()
    night.now += 5 * MINUTE
    assert deliver(night, phones) == Delivered(withdrawn=1)
    assert phones.heard == []


def test_who_acknowledges_while_others_are_being_told_spares_the_rest(night: Night) -> None:
    phones = Phones()
    night.sees(ill=True)
    night.tick(0)
    with night.book.store.write() as tx:
        IncidentDesk(night.book, TREE).observe(tx, [silence("app-9")], night.now, "watch")
    night.tick(0)
    taken: list[int] = []

    def take() -> None:
        if not taken:
            taken.append(2)
            done(night.hands.acknowledge(2, CHEN))

    phones.before = take
    told = deliver(night, phones, WECOM)
    assert (told.sent, told.withdrawn) == (1, 1)
    assert "fw-1" in phones.heard[0][2].text


def test_a_storm_is_one_message_for_each_person(night: Night) -> None:
    phones = Phones()
    storm = [silence(f"lone-{number}") for number in range(500)]
    with night.book.store.write() as tx:
        IncidentDesk(night.book, TREE).observe(tx, storm, night.now, "watch")
    night.tick(0)
    assert deliver(night, phones, WECOM).sent == 500
    ((_address, _way, message),) = phones.heard
    assert message.text.startswith("500 messages at once;")
    assert message.text.count("\n") == 4
    assert len(message.text) < 1_000


@pytest.mark.parametrize(("count", "messages"), [(BUNDLE_FROM - 1, 3), (BUNDLE_FROM, 1)])
def test_a_few_pages_are_told_one_by_one(night: Night, count: int, messages: int) -> None:
    phones = Phones()
    few = [silence(f"lone-{number}") for number in range(count)]
    with night.book.store.write() as tx:
        IncidentDesk(night.book, TREE).observe(tx, few, night.now, "watch")
    night.tick(0)
    deliver(night, phones, WECOM)
    assert len(phones.heard) == messages


class Died(BaseException):
    """The process is gone, whatever it was about to write."""


def storm(night: Night, *names: str) -> None:
    with night.book.store.write() as tx:
        desk = IncidentDesk(night.book, TREE)
        desk.observe(tx, [silence(name) for name in names], night.now, "watch")
    night.tick()


@pytest.mark.parametrize("first", [1, BUNDLE_FROM])
def test_what_was_under_way_keeps_its_key_though_more_came_meanwhile(
    night: Night, first: int
) -> None:
    """The scar: a receiver drops repeats by their key, so that a repeat may not get another."""
    storm(night, *(f"lone-{number}" for number in range(first)))
    dying = Phones(dies_after=True)
    with pytest.raises(Died):
        deliver(night, dying, WECOM)
    night.now += MINUTE
    storm(night, *(f"more-{number}" for number in range(BUNDLE_FROM)))
    phones = Phones()
    deliver(night, phones, WECOM)
    (lost,) = (message.key for _address, _way, message in dying.heard)
    keys = [message.key for _address, _way, message in phones.heard]
    assert keys[0] == lost and len(keys) == len(set(keys)) == 2
    assert proven(night.book) == ""


def test_what_nobody_took_is_packed_anew_with_what_came_meanwhile(night: Night) -> None:
    storm(night, "lone-1")
    deliver(night, Phones(broken={"wecom"}), WECOM)
    night.now += MINUTE
    storm(night, *(f"more-{number}" for number in range(BUNDLE_FROM)))
    phones = Phones()
    deliver(night, phones, WECOM)
    ((_address, _way, message),) = phones.heard
    assert message.text.startswith(f"{BUNDLE_FROM + 1} messages at once;")


def test_planned_work_that_begins_before_a_page_was_sent_loses_nobody(night: Night) -> None:
    """The scar: what was withdrawn because of planned work is told when the work is over."""
    night.sees(ill=True)
    night.tick(0)
    deliver(night, Phones(broken={"wecom"}), WECOM)
    made = night.silences.add(
        Where(device="fw-1"), night.now, night.now + 10 * MINUTE, "割接", CHEN
    )
    assert isinstance(made, Silence)
    phones = Phones()
    night.tick(1)
    assert deliver(night, phones, WECOM).withdrawn == 1
    night.tick(10)
    assert deliver(night, phones, WECOM).sent == 1
    assert len(phones.heard) == 1


def test_what_got_worse_is_told_to_its_owner_unless_it_was_taken_after_that(night: Night) -> None:
    night.board = Board({Post.PRIMARY: ("陈静",)})
    lightly(night, Severity.WARNING)
    night.tick(0)
    phones = Phones()
    deliver(night, phones, WECOM)
    done(night.hands.acknowledge(1, CHEN))
    night.now = AT + MINUTE
    lightly(night, Severity.CRITICAL)
    night.tick(1)
    deliver(night, phones, WECOM)
    last = phones.heard[-1][2].text
    assert len(phones.heard) == 2 and last.startswith("it got worse: fw-1 M46; since 11-21 03:00;")
    assert deliver(night, phones, WECOM) == Delivered()


def test_that_it_is_over_goes_over_one_channel_and_is_not_said_for_long(night: Night) -> None:
    """A telephone that rings at three to say that nothing is to be done is not answered at four."""
    night.sees(ill=True)
    night.tick(0)
    phones = Phones()
    deliver(night, phones)
    night.sees(ill=False)
    night.tick(2)
    deliver(night, phones)
    assert [way for _address, way, _message in phones.heard] == ["wecom", "sms", "wecom"]
    assert phones.heard[-1][2].text.startswith("over after 0 min: fw-1 is unreachable")
    night.now = AT + 3 * MINUTE
    night.sees(ill=True)
    night.tick(3)
    deliver(night, phones)
    night.now = AT + 4 * MINUTE
    night.sees(ill=False)
    night.tick(4)
    phones.broken = {"wecom", "sms"}
    failed = [deliver(night, phones).failed for night.now in (AT + n * MINUTE for n in range(4, 9))]
    assert failed == [0, 0, 1, 0, 0]


def test_a_limit_that_is_no_limit_any_more_is_not_told(night: Night) -> None:
    phones = Phones(broken={"wecom"})
    night.sees(ill=True)
    night.tick(0)
    night.tick(46)
    deliver(night, phones, WECOM)
    night.now = AT + 50 * MINUTE
    night.sees(ill=False)
    phones.broken.clear()
    deliver(night, phones, WECOM)
    assert phones.heard == []


def test_a_limit_that_ran_out_unseen_is_told_though_it_is_over(night: Night) -> None:
    """Lineguard was down: the breach and the end are seen by the same tick."""
    night.board = Board({Post.SUPERVISOR: ("陈静",)})
    night.sees(ill=True)
    night.now = AT + 70 * MINUTE
    night.sees(ill=False)
    night.tick(80)
    phones = Phones()
    deliver(night, phones, WECOM)
    ((_address, _way, message),) = phones.heard
    assert message.text.startswith("time limit passed at 11-21 04:00: not cured in 60 minutes")


def lightly(night: Night, severity: Severity) -> None:
    with night.book.store.write() as tx:
        sighting = sees("fw-1", abnormal("fw-1", "M46", severity))
        IncidentDesk(night.book, TREE).observe(tx, [sighting], night.now, "watch")


def test_two_deliveries_at_once_are_one(night: Night) -> None:
    with night.book.store.hold("notify"), pytest.raises(Held):
        deliver(night, Phones())


def test_a_person_without_a_way_is_on_record(night: Night) -> None:
    night.board = Board({Post.PRIMARY: ("无渠道",)})
    night.sees(ill=True)
    night.tick(0)
    for _ in range(3):
        assert deliver(night, Phones()) == Delivered(waiting=1)
        night.now += 10 * MINUTE
    (entry,) = entries(night.book.store, "told")
    assert entry["why"]["en"] == "无渠道 has no channel in people.yml that lineguard.toml names"


def test_a_moment_without_channels_silences_nobody(night: Night) -> None:
    """Such as while an editor writes lineguard.toml: an empty one is a valid one."""
    phones = Phones()
    night.sees(ill=True)
    night.tick(0)
    nowhere = Way(name="gone", url="json://gone")
    desk = delivery(night, phones, Ways((nowhere,), {}))
    assert asyncio.run(desk.deliver()) == Delivered(waiting=1)
    night.now += MINUTE
    assert deliver(night, phones) == Delivered(sent=1)


def test_a_clock_that_leaps_ahead_gives_nobody_up_after_one_try(night: Night) -> None:
    phones = Phones(broken={"wecom", "sms"})
    night.sees(ill=True)
    night.tick(0)
    assert deliver(night, phones) == Delivered(waiting=1)
    night.now += timedelta(days=400)
    assert deliver(night, phones) == Delivered(waiting=1)
    for tries in range(3, LEAST_TRIES + 1):
        night.now += timedelta(minutes=10)
        outcome = Delivered(failed=1) if tries == LEAST_TRIES else Delivered(waiting=1)
        assert deliver(night, phones) == outcome


def test_a_slow_way_keeps_no_other_waiting_and_no_tick(night: Night) -> None:
    """What is urgent goes over all ways at once; when the turn is over nothing more is begun."""

    @dataclass
    class Slow(Phones):
        async def send(self, way: Way, address: str, message: Message) -> None:
            if way.name == "wecom":
                await asyncio.wait_for(other.wait(), 5)
            await Phones.send(self, way, address, message)
            other.set()

    other, phones = asyncio.Event(), Slow()
    night.sees(ill=True)
    night.tick(0)
    assert deliver(night, phones) == Delivered(sent=1)
    assert [way for _address, way, _message in phones.heard] == ["sms", "wecom"]
    with night.book.store.write() as tx:
        IncidentDesk(night.book, TREE).observe(tx, [silence("app-9")], night.now, "watch")
    night.tick(0)
    late = replace(delivery(night, phones, Ways((), {})), turn_s=0.0)
    assert asyncio.run(late.deliver()) == Delivered(waiting=1)
