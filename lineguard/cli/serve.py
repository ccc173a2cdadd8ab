"""`lineguard serve`: the daemon of one home."""

from __future__ import annotations

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command
from phrases import say


@command(
    "serve",
    say("The daemon of this home: the tick every minute, the watch, metrics, intake. Runs until\n"
        "SIGTERM; what dies in it is started again. Exit status 75 while another one serves it."),
)  # fmt: skip
def serve(asked: Asked) -> int:
    """Until it is told to stop."""
    import asyncio

    from lineguard.daemon import LOCK, Daemon, SelfReports, services_of
    from lineguard.duty import own_incidents
    from lineguard.serving import Supervisor
    from lineguard.systemd import log_to_stderr, notifier
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    with station.store.hold(LOCK):
        log_to_stderr()
        reports = SelfReports(store=station.store, incidents=own_incidents(station))
        supervisor = Supervisor((), reports)
        supervisor.services = services_of(asked, station, lambda: supervisor.standing)
        screen(asked).progress(say("Serving {home}; Ctrl-C ends it.", home=str(station.home.root)))
        asyncio.run(Daemon(supervisor=supervisor, notifier=notifier()).run())
    return 0
