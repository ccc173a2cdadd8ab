"""`lineguard inventory import`: devices from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lineguard.cli.asked import Asked
from lineguard.cli.problems import show_problems
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.refusals import Refused
from phrases import say, verbatim

if TYPE_CHECKING:
    from inventory.imported import Imported
    from inventory.model import Estate
    from inventory.problems import Problem
    from lineguard.wiring import Station


@command(
    "import",
    say("Take the devices of a spreadsheet into the estate, as estate/imported.yml. FILE is CSV as "
        "Excel saves it (UTF-8 or GB18030), with a header; --columns explains its columns. The "
        "whole estate is tried first: with any problem nothing is changed."),
)  # fmt: skip
@argument("file", required=False)
@option("--check", "dry", is_flag=True, says=say("only say whether it could be done"))
@option("--replace", is_flag=True, says=say("in place of an earlier import"))
@option("--columns", "explain", is_flag=True, says=say("explain the columns, and end"))
def import_(asked: Asked, file: str | None, dry: bool, replace: bool, explain: bool) -> int:
    """0 only when the estate is valid with all of it."""
    if explain:
        return _explain(screen(asked))
    if file in (None, "-"):
        raise Refused(say("name a CSV file; standard input is not read"), 2)
    return _import(asked, Path(file or ""), dry, replace)


def _import(asked: Asked, file: Path, dry: bool, replace: bool) -> int:
    from inventory.imported import IMPORTED, as_yaml
    from inventory.problems import EstateError
    from inventory.trial import put
    from lineguard.wiring import station_of

    station = station_of(asked)
    show = screen(asked)
    target = station.home.estate / IMPORTED
    if target.exists() and not replace:
        raise Refused(say("{file} is there already; --replace takes its place", file=str(target)))
    try:
        devices, estate = _tried(station, file)
    except EstateError as fault:
        return _refused(show, fault.problems)
    if not dry:
        put(station.home.estate, as_yaml(devices, file.name))
    _tell(show, station, devices, estate, target, dry)
    return 0


def _tried(station: Station, file: Path) -> tuple[tuple[Imported, ...], Estate]:
    """The devices, and the estate with them. Raises `EstateError`."""
    from checks.catalogue import limit_names
    from inventory.imported import devices_of
    from inventory.problems import EstateError, in_order
    from inventory.spreadsheet import read_spreadsheet
    from inventory.trial import Trial

    rows, faults = read_spreadsheet(file)
    devices, wrong = devices_of(rows, file.name)
    if faults or wrong:
        raise EstateError(in_order([*faults, *wrong]))
    trial = Trial(
        folder=station.home.estate,
        limit_names=limit_names(),
        vault_password_file=station.vault_password_file,
        words=station.words,
    )
    return devices, trial.estate(devices, file.name)


def _refused(show: Screen, problems: Sequence[Problem]) -> int:
    show_problems(show, problems, verbatim(""))
    show.note(say("nothing was imported; the estate is as it was"))
    return 1


def _tell(
    show: Screen,
    station: Station,
    devices: Sequence[Imported],
    estate: Estate,
    target: Path,
    dry: bool,
) -> None:
    if dry:
        show.line(say("{count} devices can be imported; nothing was written", count=len(devices)))
    else:
        show.line(say("{count} devices are in {file}", count=len(devices), file=str(target)))
    missing = station.secrets.missing(estate)
    if missing:
        show.note(say("Secrets are missing; `lineguard inventory check` lists them."))
    show.document(
        {
            "valid": True,
            "problems": [],
            "devices": [one.name for one in devices],
            "file": str(target),
            "written": not dry,
            "missing_secrets": len(missing),
        }
    )


def _explain(show: Screen) -> int:
    """A line for each column."""
    from inventory.columns import columns

    head = (say("column"), say("Chinese header"), say("needed"), say("what stands in it"))
    show.rows(
        head,
        [
            (one.name, " ".join(one.chinese), show.text(say("yes")) if one.needed else "",
             show.text(one.means))
            for one in columns()
        ],
    )  # fmt: skip
    show.line(say("Columns that are not needed may be left out; their order is free."))
    show.document(
        [
            {"column": one.name, "headers": [one.name, *one.chinese], "needed": one.needed,
             "means": show.text(one.means)}
            for one in columns()
        ]
    )  # fmt: skip
    return 0
