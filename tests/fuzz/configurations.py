"""Configurations and routing tables: long answers, compared with what was approved."""

from __future__ import annotations

from typing import Final

from checks.verdict import State
from collectors.configurations import routes
from collectors.configurations.lines import printed, settled, whole
from collectors.consoles.configuration import veiled
from collectors.consoles.shapes import CutShort, Garbled, NotOffered, NotPermitted
from collectors.readings.configuration import (
    Configuration,
    RoutingTable,
    SavedConfiguration,
    Standing,
)
from inventory.model import Kind
from lab.embedded.vrp_configuration import healthy_configuration, routing_table
from tests.collectors.hosts import now
from tests.fuzz.judged import of_kind, state_of
from tests.fuzz.target import Target

REFUSALS: Final = (Garbled, CutShort, NotOffered, NotPermitted)
ROUTER: Final = of_kind(Kind.ROUTER)
HEALTHY: Final = healthy_configuration(ROUTER)


def _said(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


RUNNING: Final = _said(HEALTHY.current())
TABLE: Final = _said(routing_table(HEALTHY))
APPROVED: Final = settled(whole(printed(RUNNING)))
APPROVED_ROUTES: Final = tuple(
    one.line() for one in routes.counting(routes.routes(printed(TABLE)), ())
)


def _standing(lines: tuple[str, ...]) -> Standing:
    return Standing(lines=lines, version=1, at=now(), by="李明")


def _configuration(raw: bytes) -> State | None:
    """Beside the approved one."""
    try:
        lines = settled(whole(printed(raw)))
    except REFUSALS:
        return None
    reading = Configuration(
        device=ROUTER.name, taken_at=now(), lines=lines,
        approved=_standing(APPROVED), kept=_standing(APPROVED),
    )  # fmt: skip
    return state_of(reading, ROUTER)


def _saved(raw: bytes) -> State | None:
    """Beside the running one."""
    try:
        lines = settled(whole(printed(raw)))
    except REFUSALS:
        return None
    reading = SavedConfiguration(device=ROUTER.name, taken_at=now(), running=APPROVED, saved=lines)
    return state_of(reading, ROUTER)


def _table(raw: bytes) -> State | None:
    try:
        found = routes.routes(printed(raw))
    except REFUSALS:
        return None
    lines = tuple(one.line() for one in routes.counting(found, ()))
    reading = RoutingTable(
        device=ROUTER.name, taken_at=now(), lines=lines, total=len(found),
        approved=_standing(APPROVED_ROUTES),
    )  # fmt: skip
    return state_of(reading, ROUTER)


class SomeVeil:
    """Any tag will do."""

    def tag(self, device: str, secret: str) -> str:
        return "0" * 8


def _evidence(raw: bytes) -> None:
    veiled(raw, ROUTER.name, SomeVeil())


TARGETS: Final = (
    Target(
        name="vrp: configuration",
        look=_configuration,
        seeds=(RUNNING,),
        reads=(("cli", Configuration),),
        parses=(printed, whole, settled),
    ),
    Target(
        name="vrp: saved configuration",
        look=_saved,
        seeds=(RUNNING,),
        reads=(("cli", SavedConfiguration),),
    ),
    Target(
        name="vrp: routing table",
        look=_table,
        seeds=(TABLE,),
        reads=(("cli", RoutingTable),),
        parses=(routes.routes, routes.counting),
    ),
    Target(
        name="vrp: evidence of a configuration",
        look=_evidence,
        seeds=(RUNNING,),
        parses=(veiled,),
        spoil=(),
    ),
)
