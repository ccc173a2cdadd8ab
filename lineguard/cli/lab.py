"""`lineguard lab`: the embedded practice site of a practice home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.titles import title
from lineguard.cli.values import OneOf
from lineguard.home import resolve
from phrases import Phrase, say

if TYPE_CHECKING:
    from lab.embedded.client import LabClient
    from lab.embedded.status import DeviceStatus, SiteStatus

_KIND = option("--kind", type=OneOf("embedded"), default="embedded",
               says=say("which practice site; the bench is not built yet"))  # fmt: skip


def client_of(asked: Asked) -> LabClient:
    """The site of the home that was asked for. Raises `Refused`."""
    from lineguard.practice import site_of

    return site_of(resolve(asked.home))


@command("up", say("Start every peer of the practice site; it runs until `lab down`."))
@_KIND
def up(asked: Asked, kind: str) -> int:
    """Start it, or say that it runs."""
    from lineguard.practice import start

    site = client_of(asked)
    show = screen(asked)
    if not site.running():
        show.progress(say("Starting the practice site ..."))
    started = start(site)
    show.line(started.sentence())
    if started.tickets is not None:
        show.line(say("its ticket service: {url}", url=started.tickets))
    show.document(
        {"kind": kind, "pid": started.pid, "already_up": started.already_up,
         "tickets": started.tickets, "moved": {str(old): new for old, new in started.moved.items()}}
    )  # fmt: skip
    return 0


@command("status", say("Every device of the practice site, its peers, and what is broken."))
@_KIND
def status(asked: Asked, kind: str) -> int:
    """What runs."""
    show = screen(asked)
    told = client_of(asked).status()
    _show_status(show, told)
    show.document({"kind": kind, **told.as_json()})
    return 0


def _show_status(show: Screen, told: SiteStatus) -> None:
    from lab.embedded.ticket_service import tracker_url

    head = (say("device"), say("kind"), say("site"), say("peers"), say("faults"))
    show.rows(head, [_device_row(show, device) for device in told.devices])
    for one in told.services:
        show.line(say("its ticket service: {url}", url=tracker_url(one.port)))
    show.line(
        say("{devices} devices, process {pid}, {faults} faults",
            devices=len(told.devices), pid=told.pid, faults=len(told.faults))
    )  # fmt: skip


def _device_row(show: Screen, device: DeviceStatus) -> tuple[str, ...]:
    peers = " ".join(f"{peer.protocol}:{peer.port}" for peer in device.peers)
    kind, site = show.text(title(device.kind)), show.text(title(device.site))
    return (device.device, kind, site, peers, " ".join(device.faults))


@command("faults", say("The faults that can be put in, and where each usually strikes."))
def faults(asked: Asked) -> int:
    """A line for each; the site need not run."""
    from lab.embedded.faults import FAULTS

    show = screen(asked)
    head = (say("fault"), say("device"), say("what happens"))
    show.rows(head, [(one.name, one.device, show.text(one.title)) for one in FAULTS])
    show.document(
        [
            {"fault": one.name, "device": one.device, "title": one.title.text(asked.lang)}
            for one in FAULTS
        ]
    )
    return 0


@command("break", say("Put a fault in; `lab faults` lists them."))
@argument("name")
@option("--device", says=say("on this device rather than the fault's usual one"))
def break_(asked: Asked, name: str, device: str | None) -> int:
    """Change what a peer answers."""
    return _said(asked, name, client_of(asked).break_fault(name, device))


@command("mend", say("Take a fault back, or `all` of them."))
@argument("name")
def mend(asked: Asked, name: str) -> int:
    """As it was."""
    return _said(asked, name, client_of(asked).mend(name))


def _said(asked: Asked, name: str, sentence: Phrase) -> int:
    show = screen(asked)
    show.line(sentence)
    show.document({"fault": name, "sentence": sentence.both()})
    return 0


@command("down", say("Stop every peer of the practice site."))
@_KIND
def down(asked: Asked, kind: str) -> int:
    """Stop it."""
    show = screen(asked)
    stopped = client_of(asked).down()
    show.line(
        say("the practice site is down") if stopped else say("the practice site was not running")
    )
    show.document({"kind": kind, "stopped": stopped})
    return 0
