"""What keeps incidents moving, put together for one home: hands, clocks, rota, pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lineguard import clock
from phrases import Lang, Phrase, say

if TYPE_CHECKING:
    from incidents.clockwork import Clockwork
    from incidents.counting import CounterDesk
    from incidents.desk import IncidentDesk
    from incidents.handling import HandlingDesk
    from incidents.heartbeats import HeartbeatDesk
    from incidents.notifying.channels import Way
    from incidents.notifying.delivery import Delivery
    from incidents.overrides import OverrideDesk
    from incidents.rota import DutyRoster, Turn
    from incidents.silences import SilenceDesk
    from incidents.topology import Topology
    from inventory.duty import Duty
    from inventory.problems import Problem
    from lineguard.settings import Heartbeat
    from lineguard.wiring import Station

ROTA_AHEAD: Final = timedelta(days=14)
"""How far a rota is looked at for whoever is backup to themselves: two turns of a weekly one."""


def handling_desk(station: Station) -> HandlingDesk:
    """Where persons take, hold, note, end and report incidents."""
    from incidents.handling import HandlingDesk

    return HandlingDesk(store=station.store, logbook=station.sound_logbook(), clock=clock.now)


def silence_desk(station: Station) -> SilenceDesk:
    """Where planned work is announced."""
    from incidents.silences import SilenceDesk

    return SilenceDesk(store=station.store, logbook=station.sound_logbook(), clock=clock.now)


def clockwork(station: Station) -> Clockwork:
    """What a tick works with."""
    from incidents.clockwork import Clockwork
    from maintenance.coverage import Ledger

    on_duty = roster(station)
    return Clockwork(
        store=station.store,
        logbook=station.sound_logbook(),
        roster=on_duty,
        observation=Ledger(),
        policies=on_duty.policies(),
        people=frozenset(one.name for one in station.people),
        runbooks=station.own_runbooks,
        unreached=unreached(station),
    )


def unreached(station: Station) -> frozenset[str]:
    """The persons whom no channel leads to. Nobody, where no channel leads to anybody: then there
    is nobody further up to be told sooner either."""
    known = station.settings.channels.keys()
    reached = {one.name for one in station.people if known & dict(one.channels).keys()}
    return frozenset(one.name for one in station.people) - reached if reached else frozenset()


def ways(station: Station) -> tuple[Way, ...]:
    """The channels of the settings, in their order."""
    from incidents.notifying.channels import Way

    return tuple(
        Way(name=name, url=one.url, needs=one.needs)
        for name, one in station.settings.channels.items()
    )


def _topology(station: Station) -> Topology:
    """Who needs whom. An estate that cannot be read, such as one half edited, must not silence the
    telephone: then no channel is known to lead through anything."""
    from incidents.topology import Topology
    from inventory.problems import EstateError

    try:
        return station.incidents.topology
    except EstateError:
        return Topology({})


def delivery(station: Station, lang: Lang) -> Delivery:
    """What telling people works with."""
    from incidents.notifying.channels import AppriseSender, Ways
    from incidents.notifying.delivery import Delivery
    from incidents.notifying.paths import Paths

    return Delivery(
        store=station.store,
        logbook=station.sound_logbook(),
        ways=Ways(ways(station), {one.name: dict(one.channels) for one in station.people}),
        paths=Paths(_topology(station)),
        sender=AppriseSender(station.secrets),
        clock=clock.now,
        lang=lang,
    )


def roster(station: Station) -> DutyRoster:
    """Who is on duty: rota, overrides, calendar. Raises `EstateError` for a rota that cannot
    be read."""
    from incidents.overrides import overrides
    from incidents.rota import DutyRoster
    from maintenance.calendar import OnDuty

    duty = duty_of(station)
    with station.store.read() as tx:
        known = overrides(tx)
    return DutyRoster(duty, station.people, OnDuty(station.calendar), known)


def duty_of(station: Station) -> Duty:
    """The rota of people.yml. Raises `EstateError`, also for persons that cannot be read."""
    from inventory.duty import load_duty
    from inventory.problems import EstateError

    names = frozenset(one.name for one in station.people)
    duty, problems = load_duty(station.home.people, names, station.shift_names)
    if problems:
        raise EstateError(problems)
    return duty


def rota_slips(station: Station) -> tuple[Problem, ...]:
    """What is wrong with the rota and the ways to people, also what can be worked with."""
    from inventory.duty import load_duty
    from inventory.reached import stray_channels

    names = frozenset(one.name for one in station.people)
    file = station.home.people
    slips = load_duty(file, names, station.shift_names, exacting=True)[1]
    return (*slips, *stray_channels(file, station.settings.channels))


def alone(board: DutyRoster, begins: datetime, ends: datetime) -> Iterator[Phrase]:
    """That somebody is primary and backup at once within that time: one sentence for each group of
    persons, with the first time."""
    from incidents.handling import local
    from incidents.rota import doubled

    found: dict[tuple[str, ...], list[Turn]] = {}
    for turn in doubled(board, begins, ends):
        found.setdefault(turn.people, []).append(turn)
    for people, turns in found.items():
        yield say(
            "{people}: first on duty and backup at once, from {begins} until {ends} ({count} times "
            "until {last}); nobody else is told before the step behind the backup. Name another "
            "backup in people.yml, or: lineguard oncall override --post backup",
            people=" ".join(people), begins=local(turns[0].begins), ends=local(turns[0].ends),
            count=len(turns), last=local(ends),
        )  # fmt: skip


def override_desk(station: Station) -> OverrideDesk:
    """Where posts are handed to somebody else for a time."""
    from incidents.overrides import OverrideDesk

    return OverrideDesk(store=station.store, logbook=station.sound_logbook(), clock=clock.now)


def heartbeat_desk(station: Station) -> HeartbeatDesk:
    """Where signs of life are taken and missed."""
    from incidents.heartbeats import HeartbeatDesk

    return HeartbeatDesk(
        store=station.store,
        incidents=own_incidents(station),
        expected=expected(station.settings.heartbeat),
    )


def own_incidents(station: Station) -> IncidentDesk:
    """Where incidents about no device are declared: it needs no estate, so that an estate that
    cannot be read silences nobody."""
    from incidents.desk import IncidentDesk
    from incidents.topology import Topology

    return IncidentDesk(station.sound_logbook(), Topology({}))


def expected(settings: Heartbeat) -> Mapping[str, timedelta]:
    """Who has to give signs of life, and how often."""
    return {name: timedelta(seconds=every) for name, every in settings.expect_s.items()}


def counter_desk(station: Station) -> CounterDesk:
    """Where the contract's counters are kept."""
    from incidents.counting import CounterDesk
    from maintenance.coverage import Ledger

    return CounterDesk(
        store=station.store,
        logbook=station.sound_logbook(),
        incidents=station.incidents,
        kinds={one.name: one.kind.value for one in station.estate.devices},
        observation=Ledger(),
    )
