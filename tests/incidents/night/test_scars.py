"""What others were hurt by, each shown on its whole way: from what is seen to what is heard.

Their sources: Icinga 2 #9265 and #7086, the escalation of GoAlert and PagerDuty, Alertmanager.
"""

from __future__ import annotations

from sqlalchemy import select

from incidents.desk import live_incidents
from store.schema import attempt, page, transition
from tests.incidents.night.conftest import Played
from tests.incidents.night.town import MINUTE, SHANGHAI, minute_of
from tests.maintenance.fakes import entries, proven


def lasts(night: Played, minutes: int, *silent: str) -> None:
    """So many minutes pass, in each of which these are seen to be silent again."""
    for _minute in range(minutes):
        if silent:
            night.town.silent(*silent)
        night.town.minute()
        night.town.now += MINUTE


CHANNELS = ("wecom", "sms", "mail", "voice")


def heard(night: Played) -> list[str]:
    """Who heard what, without its clocks and commands. What is urgent goes over all channels of a
    person at once: within a minute they stand in an order of their own."""
    return [
        f"{one.at.astimezone(SHANGHAI):%H:%M} {one.channel} {one.address} "
        f"{one.words.removeprefix('Lineguard: critical / ').partition(';')[0]}"
        for one in sorted(
            night.pockets.heard, key=lambda one: (one.at, CHANNELS.index(one.channel))
        )
        if one.taken
    ]


def test_duplicate_notices_on_reconnect(night: Played) -> None:
    """The way to the person is gone for ten minutes, while the watch sees the same trouble again
    every minute; and Lineguard itself is started anew. When all is back it is said once."""
    number = "13800000003"
    night.town.now = minute_of("20:10")
    night.town.stand_in("周磊", "20:10", "23:00")
    night.pockets.answers = lambda _number, at: at >= minute_of("20:14")
    lasts(night, 4, "file-1")
    again = type(night.town).open(night.town.folder, night.town.now)
    night.town.store.close()
    night.town.store, night.town.book = again.store, again.book
    lasts(night, 1, "file-1")
    night.town.acknowledge("周磊", "file-1")
    lasts(night, 10, "file-1")
    assert heard(night) == [f"20:14 voice {number} file-1 is unreachable: no answer"]
    assert len({one.key for one in night.pockets.heard}) == 1
    assert proven(night.town.book) == ""


def test_page_after_acknowledgement(night: Played) -> None:
    """Decided, tried in vain, taken by somebody: neither the telephone nor the next step speaks."""
    night.town.now = minute_of("20:10")
    night.town.stand_in("周磊", "20:10", "23:00")
    night.pockets.answers = lambda _number, _at: False
    lasts(night, 3, "file-1")
    rang = len(night.pockets.heard)
    assert rang == 3
    night.town.acknowledge("刘洋", "file-1")
    night.pockets.answers = lambda _number, _at: True
    lasts(night, 40, "file-1")
    assert len(night.pockets.heard) == rang
    with night.town.store.read() as tx:
        assert list(tx.execute(select(page.c.state)).scalars()) == ["withdrawn"]


def test_silence_that_swallows_a_record(night: Played) -> None:
    """Planned work pages nobody; everything is on record, and what outlasts it is told."""
    night.town.now = minute_of("22:00")
    night.town.work("刘洋", "file-1", "22:10")
    lasts(night, 10, "file-1")
    assert night.pockets.heard == []
    with night.town.store.read() as tx:
        (found,) = live_incidents(tx)
        assert tx.execute(select(transition.c.to_state)).scalars().all() == ["open"]
    kinds = [one["kind"] for one in entries(night.town.store)]
    assert kinds[:3] == ["site", "silence", "incident"] and found.cause.startswith("device:file-1")
    lasts(night, 1, "file-1")
    assert heard(night) == [
        "22:10 wecom liu file-1 is unreachable: no answer",
        "22:10 voice 13800000002 file-1 is unreachable: no answer",
    ]
    assert proven(night.town.book) == ""


def test_escalation_gap_at_rota_change(night: Played) -> None:
    """Told at 19:58 to whoever goes home at 20:00: whoever comes is told then, and the next step
    comes when it would have come."""
    night.town.now = minute_of("19:58")
    lasts(night, 6, "file-1")
    told = [line for line in heard(night) if "sms" not in line and "voice" not in line]
    assert told == [
        "19:58 wecom chen file-1 is unreachable: no answer",
        "20:00 wecom liu file-1 is unreachable: no answer",
    ]  # the backup of this week is 陈静, who knows of it
    lasts(night, 10, "file-1")
    assert [line[:5] for line in heard(night) if "remote" in line or "0005" in line] == [
        "20:08",
        "20:13",
    ]


def test_notice_through_the_failed_path(night: Played) -> None:
    """WeCom leads through the core router, and that through the core switch: what one of them has
    is never told over it, where there is another way."""
    night.town.now = minute_of("12:30")
    lasts(night, 1, "rt-core-1")
    night.town.back("rt-core-1")
    lasts(night, 1)
    night.town.silent(*night.town.behind("sw-core-1"))
    lasts(night, 1)
    assert [one.channel for one in night.pockets.heard] == ["sms", "wecom", "sms"]
    with night.town.store.read() as tx:
        assert list(tx.execute(select(attempt.c.channel)).scalars()) == ["sms", "wecom", "sms"]


def test_the_failed_path_is_taken_where_there_is_no_other(night: Played) -> None:
    """The control: a person with that channel alone is tried over it all the same."""
    night.town.now = minute_of("20:30")
    night.pockets.answers = lambda _number, _at: False
    lasts(night, 1, "rt-core-1")
    assert {one.channel for one in night.pockets.heard} == {"voice"}
