"""`lineguard metrics`: what /metrics of the daemon says, for those who do not run it."""

from __future__ import annotations

from pathlib import Path

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from phrases import say


@command(
    "metrics",
    say("The metrics as Prometheus reads them; with --textfile for node_exporter, whole or not at\n"
        "all. The file's name ends in .prom."),
)  # fmt: skip
@option("--textfile", metavar="FILE", says=say("write them to this file"))
def metrics(asked: Asked, textfile: str | None) -> int:
    """On stdout without a file."""
    from lineguard.metrics import page, write_textfile
    from lineguard.wiring import station_of

    text = page(station_of(asked))
    show = screen(asked)
    if textfile is None:
        show.raw(text.decode())
    else:
        write_textfile(Path(textfile), text)
    show.document({"metrics": text.decode(), "file": textfile})
    return 0
