"""`lineguard config`: configurations of network devices, fetched, kept and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Number, OneOf
from lineguard.refusals import Refused
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.configurations.compare import Change
    from collectors.configurations.known import What
    from inventory.model import Device
    from lineguard.wiring import Station
    from maintenance.versions import Version

MOST: Final = 1_000_000
WHATS: Final = ("configuration", "routes")


@command("list", say("Versions of a device's configuration, the newest first; without a DEVICE, "
                     "the newest of each."))  # fmt: skip
@argument("device", required=False)
@option("--what", type=OneOf(*WHATS), default="configuration", says=say("which text"))
def list_versions(asked: Asked, device: str | None, what: str) -> int:
    """A line for each."""
    from collectors.configurations.known import What
    from lineguard.wiring import station_of

    station = station_of(asked)
    if device is not None:
        found = station.versions.all(device_named(station.estate, device).name, What(what))
    else:
        found = tuple(_newest(station, What(what)))
    show = screen(asked)
    head = (say("device"), say("version"), say("kept"), say("lines"), say("more"), say("fewer"),
            say("entry"))  # fmt: skip
    show.rows(head, [_row(show, one) for one in found])
    show.document([one.as_json() for one in found])
    return 0


def _newest(station: Station, what: What) -> list[Version]:
    with station.store.read() as tx:
        newest = [station.versions.newest(tx, one.name, what) for one in station.estate.devices]
    return [one for one in newest if one is not None]


def _row(show: Screen, one: Version) -> tuple[str, ...]:
    return (
        one.device, str(one.version), show.time(one.at), str(one.lines), f"+{one.added}",
        f"-{one.removed}", str(one.entry),
    )  # fmt: skip


@command("show", say("One version of a configuration, with a tag in place of each secret."))
@argument("device")
@option("--version", "number", type=Number(1, MOST), says=say("which; else the newest"))
@option("--what", type=OneOf(*WHATS), default="configuration", says=say("which text"))
def show_version(asked: Asked, device: str, number: int | None, what: str) -> int:
    """The text as it was kept."""
    from collectors.configurations.known import What
    from lineguard.wiring import station_of

    station = station_of(asked)
    one = version_of(station, device, What(what), number)
    lines = lines_of(station, one)
    show = screen(asked)
    for line in lines:
        show.line(verbatim(line))
    show.document({**one.as_json(), "text": list(lines)})
    return 0


@command(
    "diff",
    say("What differs between two versions A and B; between A and the newest; or between the two "
        "newest. Secrets are tags: one that differs was changed."),
)  # fmt: skip
@argument("device")
@argument("a", required=False, type=Number(1, MOST))
@argument("b", required=False, type=Number(1, MOST))
@option("--what", type=OneOf(*WHATS), default="configuration", says=say("which text"))
def diff(asked: Asked, device: str, a: int | None, b: int | None, what: str) -> int:
    """Every line that differs, under its section."""
    from collectors.configurations.compare import differences
    from collectors.configurations.known import What
    from lineguard.wiring import station_of

    station = station_of(asked)
    new = version_of(station, device, What(what), b)
    if a is None and new.previous is None:
        raise Refused(
            say(
                "{device}: one version is kept, there is none to compare it with", device=new.device
            )
        )
    old = version_of(station, device, What(what), a if a is not None else new.version - 1)
    changes = differences(lines_of(station, old), lines_of(station, new))
    show = screen(asked)
    show.line(
        say("{device}: version {new} against version {old}, lines that differ: {count}",
            device=new.device, new=new.version, old=old.version, count=len(changes))
    )  # fmt: skip
    show_changes(show, changes)
    show.document(
        {"device": new.device, "what": what, "from": old.version, "to": new.version,
         "changes": changes_json(changes)}
    )  # fmt: skip
    return 0


@command(
    "fetch",
    say("Fetch the configurations of these devices now, and keep a version of each that changed."),
)
@argument("device", nargs=-1, required=True)
def fetch(asked: Asked, device: tuple[str, ...]) -> int:
    """One visit to each; exit status 1 when one could not be fetched."""
    from lineguard.fetching import Fetching
    from lineguard.wiring import station_of

    station = station_of(asked)
    devices = [device_named(station.workable_estate(), one) for one in device]
    fetching = Fetching(station, station.actor(asked))
    show, told, failed = screen(asked), [], False
    for one in devices:
        done = fetching.fetch(one)
        failed = failed or bool(done.missing)
        for phrase in done.missing:
            show.note(phrase)
        if done.made or not done.missing:
            _say_kept(show, one, done.made)
        told.append(
            {"device": one.name, "kept": [made.as_json() for made in done.made],
             "missing": [show.text(phrase) for phrase in done.missing]}
        )  # fmt: skip
    show.document(told)
    return 1 if failed else 0


def _say_kept(show: Screen, device: Device, made: Sequence[Version]) -> None:
    if not made:
        show.line(say("{device}: nothing new to keep", device=device.name))
    for one in made:
        if one.previous is None:
            show.line(
                say("{device}: the first version kept ({what}), {lines} lines",
                    device=one.device, what=word_of(one.what), lines=one.lines)
            )  # fmt: skip
            continue
        show.line(
            say("{device}: version {version} kept ({what}), {lines} lines, {added} more and "
                "{removed} fewer than before",
                device=one.device, version=one.version, what=word_of(one.what), lines=one.lines,
                added=one.added, removed=one.removed)
        )  # fmt: skip


@command(
    "take",
    say("Write the whole configuration of a device, secrets and all, into the new FILE (mode 600), "
        "to restore the device with. Who took it is recorded."),
)  # fmt: skip
@argument("device")
@argument("file", type=click.Path(path_type=Path))
@option("--version", "number", type=Number(1, MOST), says=say("which; else the newest"))
def take(asked: Asked, device: str, file: Path, number: int | None) -> int:
    """For a supervisor who is proven."""
    from collectors.configurations.known import What
    from lineguard.fetching import taken
    from lineguard.wiring import station_of

    station = station_of(asked)
    one = version_of(station, device, What.CONFIGURATION, number)
    entry = taken(station, station.actor(asked), one, file)
    show = screen(asked)
    show.line(
        say("{device}: version {version} is in {file}, with its secrets: delete it after use",
            device=one.device, version=one.version, file=str(file))
    )  # fmt: skip
    show.document({**one.as_json(), "file": str(file), "recorded": entry})
    return 0


def version_of(station: Station, device: str, what: What, number: int | None) -> Version:
    """The version that is meant. Raises `Refused`."""
    from maintenance.versions import of_version

    name = device_named(station.estate, device).name
    found = of_version(station.versions.all(name, what), number)
    if found is not None:
        return found
    if number is None:
        raise Refused(
            say("{device}: no version of its configuration is kept yet: lineguard config fetch "
                "{device}", device=name)
        )  # fmt: skip
    raise Refused(
        say("{device}: there is no version {version} of its configuration: lineguard config list "
            "{device}", device=name, version=number)
    )  # fmt: skip


def lines_of(station: Station, version: Version) -> tuple[str, ...]:
    """Its text without secrets. Raises `Refused`."""
    lines = station.versions.lines(version)
    if isinstance(lines, Phrase):
        raise Refused(lines)
    return lines


def show_changes(show: Screen, changes: Sequence[Change]) -> None:
    """Each under the heads of its section."""
    above: tuple[str, ...] = ()
    for one in changes:
        if one.path != above:
            for depth, head in enumerate(one.path):
                show.line(verbatim(f"  {' ' * depth}{head}"))
            above = one.path
        show.line(verbatim(f"{one.mark} {' ' * len(one.path)}{one.text}"))


def changes_json(changes: Sequence[Change]) -> list[dict[str, object]]:
    """As `--json` gives them."""
    return [{"how": one.how.value, "path": list(one.path), "line": one.text} for one in changes]


def word_of(what: What) -> Phrase:
    """What people call it."""
    return say("routes") if what.value == "routes" else say("configuration")
