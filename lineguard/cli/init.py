"""`lineguard init`: a new site home."""

from __future__ import annotations

from pathlib import Path

import click

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from phrases import say


@command(
    "init",
    say(
        "Make a site home in DIR, with commented examples, a signing key and an empty logbook.\n"
        "A practice home is marked for ever: the mark is the first entry of its logbook."
    ),
)
@argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option("--practice", is_flag=True, says=say("with the embedded practice site's estate"))
def init(asked: Asked, folder: Path, practice: bool) -> int:
    """Make it, and say what comes next."""
    from lineguard.founding import found

    station = found(folder, practice, clock.now())
    show = screen(asked)
    home = str(folder)
    if practice:
        show.line(say("{home} is a practice home now.", home=home))
        show.line(say("Next: lineguard lab up --home {home}", home=home))
    else:
        show.line(say("{home} is a site home now.", home=home))
        show.line(
            say("Next: write the devices into {file}, then: lineguard doctor --home {home}",
                file=str(folder / "estate" / "hosts.yml"), home=home)
        )  # fmt: skip
    show.document(
        {"home": str(station.home.root), "practice": practice, "key_id": station.keys.key_id}
    )
    return 0
