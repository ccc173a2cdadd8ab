"""What `lineguard doctor` looks at, one function for each subject: what is missing, unsafe or
unreachable, and how to mend it."""

from __future__ import annotations

import asyncio
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.finding import Examine, Finding
from lineguard.kept import copies, evidence, keys, veil
from lineguard.troubles import sentence
from phrases import Phrase, say
from store.frozen import takes_no_writing

if TYPE_CHECKING:
    from datetime import datetime

    from incidents.rota import DutyRoster
    from lineguard.wiring import Station

FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
OLDEST_PYTHON: Final = (3, 11)
OURS: Final = Path(__file__).parents[1]
ROOMS: Final = (
    "checks", "collectors", "failover", "incidents", "inventory", "lab", "lineguard", "logbook",
    "maintenance", "phrases", "playbooks", "reports", "runbooks", "store", "tui", "workloads",
)  # fmt: skip
"""Our top-level packages; a test keeps this equal to pyproject.toml."""


def examine(station: Station) -> Iterator[Finding]:
    """Everything, in an order in which the first fault often explains the later ones."""
    told: set[Phrase] = set()
    for finding in _all(station):
        if finding.sentence not in told:  # a broken estate would be said by all that need it
            told.add(finding.sentence)
            yield finding


def _all(station: Station) -> Iterator[Finding]:
    for subject, look in SUBJECTS:
        try:
            yield from look(station)
        except Exception as error:  # noqa: BLE001  (a subject that fails is a finding; defects rise)
            yield _fault(subject, error)


def _fault(subject: str, error: Exception) -> Finding:
    """A subject that fails: what it says, and the way out."""
    from logbook.keys import KeyTrouble

    if isinstance(error, KeyTrouble):
        return Finding(subject=subject, sentence=error.phrase, mend=error.mend)
    return Finding(
        subject=subject, sentence=sentence(error), mend=say("mend this, then examine again")
    )


def python(station: Station) -> Iterator[Finding]:
    """The interpreter, and that no foreign package took one of our names."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    old = sys.version_info < OLDEST_PYTHON
    yield Finding(
        subject="python",
        sentence=say("Python {version}", version=version),
        mend=say("Python 3.11 or newer is needed") if old else None,
    )
    owners = packages_distributions()
    for room in ROOMS:
        foreign = set(owners.get(room, ())) - {"lineguard"}
        spec = find_spec(room)
        elsewhere = spec is None or spec.origin is None or OURS not in Path(spec.origin).parents
        if foreign or elsewhere:
            yield Finding(
                subject="packages",
                sentence=say("the package {room} is not ours: {owner}", room=room,
                             owner=", ".join(foreign) or str(spec and spec.origin)),
                mend=say("install Lineguard in an environment of its own"),
            )  # fmt: skip


def home(station: Station) -> Iterator[Finding]:
    """Settings, folders and who may read them."""
    settings = station.settings
    if station.home.unfinished.exists():
        yield Finding(
            subject="home",
            sentence=say("the making of this home was cut short"),
            mend=say("finish it: lineguard init {home}, as it was begun (with --practice or "
                     "without)", home=str(station.home.root)),
        )  # fmt: skip
    kind = say("practice home") if settings.practice else say("site home")
    yield Finding(
        subject="home",
        sentence=say("{home}: {kind}", home=str(station.home.root), kind=kind),
    )
    if takes_no_writing(station.home.root):
        yield Finding(
            subject="home",
            sentence=say("the home lies on a file system that is read-only: nothing is recorded"),
            mend=say("look into the machine's log for why (dmesg), then: mount -o remount,rw"),
        )
    for folder in (station.home.secrets, station.home.keys):
        yield _private(folder)
    if station.home.configs.exists():
        yield _private(station.home.configs)


def _private(folder: Path) -> Finding:
    name = folder.name
    if not folder.is_dir():
        return Finding(
            subject=name,
            sentence=say("the folder {name} is missing", name=name),
            mend=say("mkdir -m 700 {folder}", folder=str(folder)),
        )
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & FOR_OTHERS:
        return Finding(
            subject=name,
            sentence=say("the folder {name} is open to others (mode {mode})",
                         name=name, mode=f"{mode:04o}"),
            mend=say("chmod 700 {folder}", folder=str(folder)),
        )  # fmt: skip
    return Finding(subject=name, sentence=say("the folder {name} is private", name=name))


def database(station: Station) -> Iterator[Finding]:
    """Can it be opened, and is its kind the one the settings say?"""
    store = station.store
    with station.store.read():
        yield Finding(subject="store", sentence=say("database {where}", where=store.where))
    yield Finding(
        subject="logbook",
        sentence=say("the logbook is begun (for practice)")
        if station.practice
        else say("the logbook is begun"),
    )


def estate(station: Station) -> Iterator[Finding]:
    """The estate, the persons, and every secret they name."""
    from inventory.problems import EstateError

    try:
        found = station.estate
    except EstateError as fault:
        for problem in fault.problems:
            yield Finding(
                subject="estate", sentence=problem.sentence(), mend=_correct(problem.file)
            )
        return
    for problem in station.secrets.missing(found, station.home.estate):
        yield Finding(
            subject="secrets",
            sentence=problem.sentence(),
            mend=say("provide the secrets: a file of its name for each, mode 600, in {folder}",
                     folder=str(station.home.secrets)),
        )  # fmt: skip
    yield Finding(
        subject="estate",
        sentence=say(
            "{devices} devices on {sites} sites, {people} persons",
            devices=len(found.devices), sites=len(found.sites), people=len(found.people),
        ),
    )  # fmt: skip
    if not found.people:
        yield Finding(
            subject="people",
            sentence=say("nobody is in people.yml"),
            mend=say("write down who works here; a record without names proves little"),
        )


def _correct(file: str | None) -> Phrase:
    return (
        say("write devices into the estate") if file is None else say("correct {file}", file=file)
    )


def unwatched(station: Station) -> Iterator[Finding]:
    """Devices of which a part is not looked at, because the estate does not say which."""
    from inventory.model import Kind
    from inventory.problems import EstateError

    try:
        devices = station.estate.devices
    except EstateError:
        return  # said by the subject before
    borders = [one for one in devices if one.kind in (Kind.ROUTER, Kind.FIREWALL)]
    without = [one.name for one in borders if not one.watch.ports]
    if without:
        yield Finding(
            subject="estate",
            sentence=say("watch.ports names no port of {devices}: M44 does not look at their ports",
                         devices=", ".join(without)),
            note=True,
        )  # fmt: skip
    single = [one.name for one in borders if one.kind is Kind.FIREWALL and not one.watch.ha_role]
    if single:
        yield Finding(
            subject="estate",
            sentence=say("watch.ha_role is not set for {devices}: M44 does not look at hot standby",
                         devices=", ".join(single)),
            note=True,
        )  # fmt: skip


def host_keys(station: Station) -> Iterator[Finding]:
    """Every SSH service has a pinned key; whether it is the right one is seen at the first look."""
    from collectors.sources.known_hosts import pinned_keys
    from inventory.problems import EstateError
    from lineguard.hostkeys import ssh_ports

    known_hosts = station.home.known_hosts
    try:
        devices = station.estate.devices
    except EstateError:
        return  # said by the subject before
    services = [(one, port) for one in devices for port in ssh_ports(one)]
    missing = [
        device.name
        for device, port in services
        if not pinned_keys(known_hosts, device.address, port)
    ]
    if missing:
        yield Finding(
            subject="host keys",
            sentence=say("no SSH host key is pinned for {devices}", devices=", ".join(missing)),
            mend=say("lineguard inventory trust {devices}", devices=" ".join(missing)),
        )
    else:
        yield Finding(
            subject="host keys",
            sentence=say("SSH host keys are pinned for {count} services", count=len(services)),
        )


def way_out(station: Station) -> Iterator[Finding]:
    """Do the reference points answer?"""
    if not station.settings.reference_points:
        yield Finding(
            subject="way out",
            sentence=say("no reference points are set, so Lineguard cannot tell its own cut cable "
                         "from a dead centre"),
            mend=say("set reference_points in lineguard.toml: two, reached by different ways"),
        )  # fmt: skip
        return
    answers = asyncio.run(station.self_check.answers())
    if station.settings.practice and not any(answers.values()):
        yield Finding(
            subject="way out",
            sentence=say("the practice site is not running"),
            mend=say("start the practice site: lineguard lab up"),
        )
        return
    for point, answered in answers.items():
        yield Finding(
            subject="way out",
            sentence=say("the reference point {point} answers", point=point)
            if answered
            else say("the reference point {point} does not answer", point=point),
            mend=None
            if answered
            else say("look at Lineguard's own network, or name another point"),
        )


def engine(station: Station) -> Iterator[Finding]:
    """Which SNMP engine polls here."""
    fast = find_spec("gufo") is not None and find_spec("gufo.snmp") is not None
    name = "gufo-snmp" if fast else "pysnmp"
    yield Finding(subject="snmp", sentence=say("SNMP is polled by {engine}", engine=name))


def oracle(station: Station) -> Iterator[Finding]:
    """How Oracle databases are asked; says nothing where there are none."""
    asked = [one.name for one in station.estate.devices if one.access.oracle is not None]
    if asked:
        yield Finding(
            subject="oracle",
            sentence=say(
                "{devices}: Oracle is asked in the driver's thin mode, 12.1 and newer; an 11g "
                "database would need the thick mode with Oracle Instant Client, which is not used "
                "here",
                devices=", ".join(asked),
            ),
        )


def captured(station: Station) -> Iterator[Finding]:
    """Do the estate's console questions still read what was captured once?"""
    from lineguard.captures import FOLDER, Captures, differences

    captures = Captures(station.home.root / FOLDER)
    for one in differences(captures, station.estate):
        yield Finding(
            subject="captures",
            sentence=one,
            mend=say("correct the question in the estate, or capture it again"),
        )


def tickets(station: Station) -> Iterator[Finding]:
    """Does the ticket service answer, and let us in? Says nothing where there is none."""
    if not station.settings.tickets.kind:
        return
    from lineguard.ticketing import sign_of_life

    trouble = sign_of_life(station)
    if trouble is None:
        yield Finding(subject="tickets", sentence=say("the ticket service answers"))
        return
    mend = say("mend this, then: lineguard ticket sync")
    if station.settings.practice:
        mend = say("start the practice site: lineguard lab up")
    yield Finding(subject="tickets", sentence=trouble, mend=mend)


def paging(station: Station) -> Iterator[Finding]:
    """Can the rota be read, and does every channel lead to somebody?"""
    from incidents.notifying.channels import complaints
    from lineguard.duty import ROTA_AHEAD, alone, roster, rota_slips, ways

    board, now = roster(station), clock.now()
    for slip in rota_slips(station):
        mend = say("mend rota in {file}, then: lineguard people check",
                   file=str(station.home.people))  # fmt: skip
        yield Finding(subject="rota", sentence=slip.sentence(), mend=mend)
    for note in alone(board, now, now + ROTA_AHEAD):
        yield Finding(subject="rota", sentence=note, note=True)
    yield from _out_of_reach(station, _on_duty(board, now))
    devices = [one.name for one in station.estate.devices]
    mend = say("correct [channels] in {file}, then: lineguard notify test PERSON",
               file=str(station.home.settings))  # fmt: skip
    for way in ways(station):
        for one in complaints(way, devices, station.secrets.secret):
            yield Finding(subject="channels", sentence=one, mend=mend)


def _on_duty(board: DutyRoster, now: datetime) -> frozenset[str]:
    """Whoever holds a post in the near future."""
    from incidents.escalation import Post
    from lineguard.duty import ROTA_AHEAD

    turns = (one for post in Post for one in board.turns(post, now, now + ROTA_AHEAD))
    return frozenset(name for turn in turns for name in turn.people)


def _out_of_reach(station: Station, on_duty: frozenset[str]) -> Iterator[Finding]:
    """Whom nothing would reach. In a practice home without channels nobody expects it to."""
    from lineguard.duty import ROTA_AHEAD, unreached, ways

    mend = say("write [channels.NAME] into {settings} and each person's channels into {people}: "
               "docs/paging.md; then: lineguard notify test PERSON",
               settings=station.home.settings.name, people=station.home.people.name)  # fmt: skip
    known = {one.name for one in ways(station)}
    if not any(known & dict(one.channels).keys() for one in station.people):
        if not station.practice:
            said = say("nobody can be told of an incident: no channel leads to anybody")
            yield Finding(subject="channels", sentence=said, mend=mend)
        return
    lost = sorted(unreached(station) & on_duty)
    if lost:
        said = say("{people}: on duty within {days} days, and no channel leads there",
                   people=" ".join(lost), days=ROTA_AHEAD.days)  # fmt: skip
        yield Finding(subject="channels", sentence=said, mend=mend)


def intake(station: Station) -> Iterator[Finding]:
    """Are who may speak and their secrets as they should be? Says nothing where nobody listens."""
    from lineguard.intaking import faults, set_up

    receivers = set_up(station.settings.intake)
    if not receivers:
        return
    found = faults(station)
    for one in found:
        yield Finding(subject="intake", sentence=one, mend=_correct(station.home.intake.name))
    if not found:
        names = ", ".join(one.value for one in receivers)
        yield Finding(subject="intake", sentence=say("receivers: {names}", names=names))


SUBJECTS: Final[tuple[tuple[str, Examine], ...]] = (
    ("python", python),
    ("home", home),
    ("store", database),
    ("evidence", evidence),
    ("signing key", keys),
    ("keys", veil),
    ("estate", estate),
    ("configs", copies),
    ("estate", unwatched),
    ("captures", captured),
    ("channels", paging),
    ("host keys", host_keys),
    ("way out", way_out),
    ("snmp", engine),
    ("oracle", oracle),
    ("tickets", tickets),
    ("intake", intake),
)
"""A further subject is one line here."""
