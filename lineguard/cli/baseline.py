"""`lineguard baseline`: what runs against what was approved, and approving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.config import (
    changes_json,
    lines_of,
    show_changes,
    version_of,
    word_of,
)
from lineguard.cli.known import device_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Number
from lineguard.refusals import Refused
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from collectors.configurations.compare import Change
    from collectors.configurations.known import What
    from inventory.model import Device
    from lineguard.wiring import Station

MOST: Final = 1_000_000


@command("list", say("Which devices have an approved baseline, by whom and since when."))
def list_baselines(asked: Asked) -> int:
    """A line for each device that has a configuration to approve."""
    from checks.catalogue import item
    from collectors.configurations.known import What
    from collectors.readings.configuration import Standing
    from lineguard.wiring import station_of

    station = station_of(asked)
    show = screen(asked)
    rows: list[tuple[str, ...]] = []
    told: list[dict[str, Any]] = []
    for one in station.estate.devices:
        if not (item("M41").applies_to(one) or item("M45").applies_to(one)):
            continue
        found = station.baselines.approved(one.name, What.CONFIGURATION)
        has = isinstance(found, Standing)
        rows.append(
            (one.name, str(found.version), found.by, show.time(found.at))
            if isinstance(found, Standing)
            else (one.name, "-", "-", show.text(found) if isinstance(found, Phrase) else "-")
        )
        told.append(
            {"device": one.name, "approved": has,
             "version": found.version if isinstance(found, Standing) else None,
             "by": found.by if isinstance(found, Standing) else None,
             "at": found.at if isinstance(found, Standing) else None}
        )  # fmt: skip
    show.rows((say("device"), say("version"), say("approved by"), say("approved")), rows)
    show.document(told)
    return 0


@command(
    "diff",
    say("What runs on DEVICE now against its approved baseline: its configuration and, of routers "
        "and firewalls, its routes. The device is asked, and what changed is kept as a version."),
)  # fmt: skip
@argument("device")
@option("--kept", is_flag=True, says=say("compare the newest kept version; ask no device"))
def diff(asked: Asked, device: str, kept: bool) -> int:
    """Every line that differs. What could not be fetched is a failure, never "no difference"."""
    from lineguard.wiring import station_of
    from maintenance.baselines import parts_of

    station = station_of(asked)
    one = device_named(station.estate, device)
    if not kept:
        _fetch(station, asked, one)
    show = screen(asked)
    parts = {what.value: _compared(station, one, what) for what in parts_of(one)}
    for name, (sentence, changes) in parts.items():
        show.line(sentence)
        show_changes(show, changes)
        parts[name] = (sentence, changes)
    show.document(
        {"device": one.name,
         "parts": {name: {"sentence": show.text(sentence), "changes": changes_json(changes)}
                   for name, (sentence, changes) in parts.items()}}
    )  # fmt: skip
    return 0


def _fetch(station: Station, asked: Asked, device: Device) -> None:
    """Raises `Refused` with the reason why a part could not be fetched."""
    from lineguard.fetching import Fetching

    station.workable_estate()
    done = Fetching(station, station.actor(asked)).fetch(device)
    if done.missing:
        raise Refused(done.missing[0])


def _compared(station: Station, device: Device, what: What) -> tuple[Phrase, tuple[Change, ...]]:
    from checks.configuration import day, nothing_approved
    from collectors.configurations.compare import differences
    from collectors.configurations.lines import settled

    approved = station.baselines.approved(device.name, what)
    if approved is None:
        raise Refused(nothing_approved(device))
    if isinstance(approved, Phrase):
        raise Refused(approved)
    newest = version_of(station, device.name, what, None)
    volatile = device.watch.volatile
    changes = differences(
        settled(approved.lines, volatile), settled(lines_of(station, newest), volatile)
    )
    told: dict[str, str | Phrase] = {
        "device": device.name, "what": word_of(what), "who": approved.by, "day": day(approved.at),
    }  # fmt: skip
    if not changes:
        return say("{device}: {what}: as {who} approved it on {day}", **told), ()
    return (
        say("{device}: {what}, lines that differ from what {who} approved on {day}: {count}",
            count=len(changes), **told),
        changes,
    )  # fmt: skip


@command(
    "approve",
    say("Approve a kept version of DEVICE's configuration (the newest, unless one is named) and "
        "its newest routes as the baseline. For a supervisor who is proven; signed. Where no "
        "version is kept yet, the device is asked for it first."),
)  # fmt: skip
@argument("device")
@option("--version", "number", type=Number(1, MOST), says=say("which version; else the newest"))
def approve(asked: Asked, device: str, number: int | None) -> int:
    """One signed entry, and a readable copy in `baselines/`."""
    from lineguard import clock
    from lineguard.wiring import station_of

    station = station_of(asked)
    one = device_named(station.estate, device)
    actor = station.actor(asked)
    refusal = station.baselines.refusal(actor)
    if refusal is not None:
        raise Refused(refusal)
    if _lacks(station, one):
        _fetch(station, asked, one)
    done = station.baselines.approve(one, actor, clock.now(), number)
    if isinstance(done, Phrase):
        raise Refused(done)
    show = screen(asked)
    show.line(done.sentence)
    _say_routes(show, done.versions)
    show.line(say("entry {entry}, signed", entry=done.entry))
    show.document(
        {"device": done.device, "entry": done.entry, "by": done.by, "at": done.at,
         "versions": {what.value: version for what, version in done.versions.items()}}
    )  # fmt: skip
    return 0


def _lacks(station: Station, device: Device) -> bool:
    from maintenance.baselines import parts_of

    with station.store.read() as tx:
        newest = [station.versions.newest(tx, device.name, what) for what in parts_of(device)]
    return None in newest


def _say_routes(show: Screen, versions: Any) -> None:  # noqa: ANN401
    for what, version in versions.items():
        show.line(verbatim(f"  {show.text(word_of(what))}: {version}"))
