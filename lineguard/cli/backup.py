"""`lineguard backup` and `restore`: the whole home in one file, and a home from it."""

from __future__ import annotations

from pathlib import Path

import click

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command
from lineguard.home import Home
from lineguard.refusals import Refused
from phrases import say

_PATH = click.Path(path_type=Path)


@command(
    "backup",
    say("Write the whole home into FILE (.tar.gz), consistently, while it runs. "
        "The file holds keys and secrets: keep it as safe as the home."),
)  # fmt: skip
@argument("file", type=_PATH)
def backup(asked: Asked, file: Path) -> int:
    """All of it, or nothing."""
    from lineguard.keeping import pack
    from lineguard.wiring import station_of

    station = station_of(asked)
    if not station.embedded_store:
        raise Refused(
            say("the records of this home are in PostgreSQL: save them with pg_dump, and copy "
                "{home} beside it", home=str(station.home.root))
        )  # fmt: skip
    files = pack(station.home, file)
    show = screen(asked)
    show.line(
        say("{home} is saved in {file}: {count} files, {size} bytes",
            home=str(station.home.root), file=str(file), count=files, size=file.stat().st_size)
    )  # fmt: skip
    show.document({"file": str(file), "files": files, "bytes": file.stat().st_size})
    return 0


@command("restore", say("Make a home in DIR from a backup, and prove its logbook."))
@argument("file", type=_PATH)
@argument("folder", metavar="DIR", type=_PATH)
def restore(asked: Asked, file: Path, folder: Path) -> int:
    """Restore, then verify: a home that does not verify is said to be damaged."""
    from lineguard.keeping import unpack
    from lineguard.wiring import Station
    from logbook.verify import verify

    files = unpack(file, folder)
    station = Station(Home(folder))
    found = verify(station.store, station.keys.public_keys(), station.evidence, None)
    if not found.valid:
        raise Refused(
            say("{folder} was restored, but its logbook is not whole at entry {entry}: {reason}",
                folder=str(folder), entry=found.first_bad or 0, reason=found.reason or "")
        )  # fmt: skip
    show = screen(asked)
    show.line(
        say("{folder} is restored: {count} files; its logbook of {entries} entries is whole.",
            folder=str(folder), count=files, entries=found.entries)
    )  # fmt: skip
    show.document({"home": str(folder), "files": files, "entries": found.entries, "valid": True})
    return 0
