"""M54 and M55: from what senders really sent to a verdict, with its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from checks.alarms import AlarmLimits, judge_alarms
from checks.catalogue import item
from checks.judging import Judgement, judge_item
from checks.verdict import State
from collectors.intake.backlog import Backlog
from collectors.intake.model import Receiver
from collectors.intake.tally import Tally
from collectors.readings import Trouble
from collectors.readings.alarms import AlarmRecord, OpenAlarm, OtherAlarms, TrapAlarms
from collectors.session import Means
from collectors.visitor import Visitor
from incidents.intake_desk import GAP_ENTRY
from incidents.intake_records import StoredAlarms
from inventory.model import Kind
from logbook.book import Logbook
from store.database import open_store
from store.migrating import migrate
from store.schema import entry
from tests.collectors.intake import senders
from tests.collectors.intake.senders import AT, LINK_DOWN, LINK_UP, link
from tests.incidents.intakes import Intake, now, post, running, until
from tests.inventory.builders import device
from tests.maintenance.fakes import logbook, proven
from tests.witness import shown

NMS = device("nms-1", Kind.NMS)
EVERYWHERE = frozenset({"site_primary"})
TRAPS = "practice senders of SNMP traps"
OTHERS = "practice senders of syslog and alerts"


class NoSecrets:
    """Nobody logs in anywhere."""

    def secret(self, name: str) -> str:
        raise KeyError(name)


@dataclass(frozen=True)
class LookedAt:
    """The last look was then."""

    then: datetime | None

    def recall(self, device: str, topic: str) -> str | None:
        return None if self.then is None else self.then.isoformat()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    opened = open_store(f"sqlite:///{tmp_path}/data/lineguard.db", tmp_path / "data")
    migrate(opened)
    yield logbook(opened, tmp_path)
    opened.close()


async def judged(
    book: Logbook, name: str, then: datetime | None, receivers: tuple[Receiver, ...] | None = None
) -> Judgement:
    listening = tuple(Receiver) if receivers is None else receivers
    record = StoredAlarms(
        store=lambda: book.store,
        set_up=[one for one in listening if one is not Receiver.SYSLOG_TLS],
        reaches=lambda _device: EVERYWHERE,
    )
    means = Means(secrets=NoSecrets(), known_hosts=Path("/dev/null"), clock=now, alarms=record)
    visitor = Visitor({NMS.name: NMS}, means, 10.0)
    asked = item(name)
    wanted = frozenset(check.reads for check in asked.checks)
    visit = await visitor.visit(NMS.name, wanted, LookedAt(then))
    (judgement,) = judge_item(asked, NMS, visit)
    return judgement


def english(judgement: Judgement) -> str:
    return judgement.verdict.sentence.text("en")


async def listening(intake: Intake) -> datetime:
    """Since when it is on record that the receivers listen."""
    intake.send(Receiver.SYSLOG, senders.VRP_UP)
    await until(intake.stored)
    return now()


async def test_m54_is_normal_abnormal_and_unknown_by_what_traps_said(book: Logbook) -> None:
    async with running(book) as intake:
        then = await listening(intake)
        fine = await judged(book, "M54", then)
        assert shown(fine, TRAPS).verdict.state is State.NORMAL
        assert english(fine) == (
            "nms-1: no alarm is open; 0 messages were received since the last look"
        )
        intake.send(Receiver.TRAPS, link(LINK_DOWN))
        await until(intake.open)
        ill = shown(await judged(book, "M54", then), TRAPS)
        assert ill.verdict.state is State.ABNORMAL
        assert english(ill) == "nms-1: 1 alarms are open: rt-1 link:GigabitEthernet0/0/1"
        assert b"GigabitEthernet0/0/1" in ill.exchanges[0].answer
        intake.send(Receiver.TRAPS, link(LINK_UP))
        await until(lambda: not intake.open())
        unseen = shown(await judged(book, "M54", None), TRAPS)
        assert unseen.verdict.state is State.UNKNOWN
        assert english(unseen).startswith("nms-1: since the last look nobody listened for alarms")


async def test_where_nobody_listens_two_looks_within_a_minute_do_not_make_it_normal(
    book: Logbook,
) -> None:
    seen = await judged(book, "M54", now() - timedelta(seconds=12))
    assert seen.verdict.state is State.UNKNOWN
    assert "nobody listened for alarms for 86400 s" in english(seen)


async def test_m55_is_normal_abnormal_and_unknown_by_what_logs_and_alerts_said(
    book: Logbook,
) -> None:
    async with running(book) as intake:
        then = await listening(intake)
        assert shown(await judged(book, "M55", then), OTHERS).verdict.state is State.NORMAL
        fired = senders.body(senders.alert(device="db-1"))
        assert await post(intake.ports[Receiver.WEB], "/v1/alertmanager", fired) == 200
        ill = shown(await judged(book, "M55", then), OTHERS)
        assert ill.verdict.state is State.ABNORMAL
        assert english(ill) == "nms-1: 1 alarms are open: db-1 alert:DiskFull:5a1b2c"
        assert (await judged(book, "M54", then)).verdict.state is State.NORMAL
        over = senders.body(senders.alert("resolved", device="db-1"))
        assert await post(intake.ports[Receiver.WEB], "/v1/alertmanager", over) == 200
        unseen = shown(await judged(book, "M55", None), OTHERS)
        assert unseen.verdict.state is State.UNKNOWN


async def test_messages_that_a_killed_process_had_in_hand_are_on_record_and_make_m55_unknown(
    book: Logbook, tmp_path: Path
) -> None:
    path = tmp_path / "tally"
    killed = Tally(path)
    killed.begin()
    for _ in range(3):
        killed.received(Receiver.SYSLOG)
    killed.close()
    then = now()
    async with running(book, backlog=Backlog(tally=Tally(path))) as intake:
        await listening(intake)
        assert intake.counts()["syslog", "lost_in_crash"] == 3
        found = await judged(book, "M55", then)
        assert found.verdict.state is State.UNKNOWN
        assert english(found) == (
            "nms-1: 3 messages were lost since the last look; what they said is not known"
        )
        assert (await judged(book, "M54", then)).verdict.state is State.NORMAL
    with book.store.read() as tx:
        gaps = tx.execute(select(entry.c.body).where(entry.c.kind == GAP_ENTRY)).scalars().all()
    assert [json.loads(one)["lost"] for one in gaps] == [{"syslog": 3}]
    assert Tally(path).left is None, "this one came to its end"
    assert proven(book) == ""


@pytest.mark.parametrize(("name", "key"), [("M54", "traps"), ("M55", "syslog")])
async def test_where_nobody_listens_the_sentence_says_what_to_set(
    book: Logbook, name: str, key: str
) -> None:
    judgement = await judged(book, name, None, receivers=())
    assert (judgement.verdict.state, judgement.trouble) == (State.UNKNOWN, Trouble.NOT_CONFIGURED)
    assert f"“{key}”" in english(judgement)


def record(gap: float = 0, lost: int = 0, open_ones: int = 0) -> AlarmRecord:
    alarms = [
        OpenAlarm(incident=1, device="rt-1", alarm=f"a{one}", severity="warning", since=AT)
        for one in range(open_ones)
    ]
    return AlarmRecord(receivers=("traps",), gap_s=gap, stored=5, lost=lost, open=tuple(alarms))


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (record(), State.NORMAL),
        (record(gap=60), State.NORMAL),
        (record(gap=60.1), State.UNKNOWN),
        (record(lost=1), State.UNKNOWN),
        (record(open_ones=1), State.ABNORMAL),
        (record(gap=3_600, lost=9, open_ones=5), State.ABNORMAL),
    ],
)
def test_what_was_not_heard_is_never_normal(told: AlarmRecord, state: State) -> None:
    for kind in (TrapAlarms, OtherAlarms):
        reading = kind(device="nms-1", taken_at=AT, since=AT - timedelta(days=1), record=told)
        assert judge_alarms(reading, AlarmLimits(), NMS).state is state


async def test_what_an_item_finds_open_is_no_second_incident(book: Logbook) -> None:
    async with running(book) as intake:
        then = await listening(intake)
        intake.send(Receiver.TRAPS, link(LINK_DOWN))
        await until(intake.open)
        assert not (await judged(book, "M54", then)).raises
