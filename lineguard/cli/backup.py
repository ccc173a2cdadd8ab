"""`lineguard backup` and `restore`: the whole home in one file, and a home from it."""

from __future__ import annotations

from pathlib import Path

import click

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.home import Home
from lineguard.refusals import Refused
from phrases import say

_PATH = click.Path(path_type=Path)


@command(
    "backup",
    say(
        "Write the whole home into FILE (.tar.gz), consistently, while it runs. "
        "The file holds keys and secrets: keep it as safe as the home."
    ),
)
@argument("file", type=_PATH)
@option("--no-secrets", is_flag=True, says=say("leave the folder secrets/ out"))
def backup(asked: Asked, file: Path, no_secrets: bool) -> int:
    """All of it, or nothing."""
    from lineguard.wiring import station_of
    from logbook.backup import backup as pack

    station = station_of(asked)
    held = pack(station.home.root, station.store, file.absolute(), clock.now(),
                secrets=not no_secrets)  # fmt: skip
    size = file.stat().st_size
    show = screen(asked)
    show.line(
        say("{home} is saved in {file}: {count} files, {size} bytes",
            home=str(station.home.root), file=str(file), count=held.files, size=size)
    )  # fmt: skip
    if held.left_out:
        show.note(say("Links and special files are not kept: {names}",
                      names=", ".join(held.left_out)))  # fmt: skip
    show.document(
        {"file": str(file), "files": held.files, "bytes": size, "secrets": held.secrets,
         "practice": held.practice, "left_out": list(held.left_out)}
    )  # fmt: skip
    return 0


@command("restore", say("Make a home in DIR from a backup, and prove its logbook."))
@argument("file", type=_PATH)
@argument("folder", metavar="DIR", type=_PATH)
def restore(asked: Asked, file: Path, folder: Path) -> int:
    """Restore, then verify: a home that does not verify is said to be damaged."""
    from lineguard.wiring import Station
    from logbook.backup import restore as unpack
    from logbook.verify import verify

    held = unpack(file, folder)
    station = Station(Home(folder))
    show = screen(asked)
    if held.postgresql:
        show.note(
            say("The records came from PostgreSQL and lie in data/lineguard.db now; take store.url "
                "out of {file} to use them there.", file=str(station.home.settings))
        )  # fmt: skip
    found = verify(station.embedded(), station.keys.public_keys(), station.evidence, None)
    if not found.valid:
        raise Refused(
            say("{folder} was restored, but its logbook is not whole at entry {entry}: {reason}",
                folder=str(folder), entry=found.first_bad or 0, reason=found.reason or "")
        )  # fmt: skip
    show.line(
        say("{folder} is restored: {count} files; its logbook of {entries} entries is whole.",
            folder=str(folder), count=held.files, entries=found.entries)
    )  # fmt: skip
    show.document(
        {"home": str(folder), "files": held.files, "entries": found.entries, "valid": True}
    )
    return 0
