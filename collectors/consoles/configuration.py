"""Fetching configurations and routing tables over a console session.

The commands are VRP's, in all its families: `display current-configuration`, `display
saved-configuration` and `display ip routing-table`. What the first two print is evidence only with
a tag for each secret; the text as it came goes to the notebook, for the safe of whoever records the
visit. `compare configuration` and `display startup` are not sent: no source confirms how they
answer. A U1900 is asked what the site's question `config` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

from collectors.configurations import routes
from collectors.configurations.known import What
from collectors.configurations.lines import printed, settled, whole
from collectors.configurations.redaction import Veil, redacted
from collectors.consoles import u1900
from collectors.consoles.complaints import NoAnswer, not_offered, not_read_only, not_written_down
from collectors.consoles.shapes import Garbled, NotOffered
from collectors.consoles.transcript import decoded, unpaged
from collectors.readings import Exchange, Reading
from collectors.readings.configuration import (
    Configuration,
    RoutingTable,
    SavedConfiguration,
    Standing,
)
from collectors.session import Means, Notebook
from inventory.model import Device
from phrases import Phrase

T = TypeVar("T")
Earlier = Standing | Phrase | None

RUNNING: Final = "display current-configuration"
SAVED: Final = "display saved-configuration"
ROUTES: Final = "display ip routing-table"
COMMANDS: Final = frozenset({RUNNING, SAVED, ROUTES})
TOPIC: Final = "config"
"""The site's own question to a console that nobody documents."""

READINGS: Final = frozenset({Configuration, SavedConfiguration, RoutingTable})


class Talk(Protocol):
    """What is needed of a session."""

    device: Device
    means: Means
    notebook: Notebook

    async def send(self, command: str, exchanges: list[Exchange]) -> bytes:
        """The answer; one that is confidential is asked for once a visit. Raises `NoAnswer`."""
        ...

    def read(self, command: str, parse: Callable[[], T]) -> T:
        """The parsed answer. Raises `NoAnswer`, `NotOffered`."""
        ...


def confidential(device: Device) -> frozenset[str]:
    """The commands whose answers hold secrets."""
    asked = u1900.question_of(device, TOPIC)
    return frozenset({RUNNING, SAVED} if asked is None else {RUNNING, SAVED, asked.command})


def veiled(raw: bytes, device: str, veil: Veil) -> bytes:
    """An answer as evidence: each secret a tag. What is no text is not kept at all."""
    try:
        lines = unpaged(decoded(raw)).split("\n")
    except Garbled:
        return f"({len(raw)} bytes that are no text are not kept)".encode()
    return "\n".join(redacted(lines, device, veil)).encode("utf-8", "replace")


async def fields(
    talk: Talk, question: type[Reading], exchanges: list[Exchange], *, gateway: bool
) -> Mapping[str, Any]:
    """The fields of one of `READINGS`. Raises `NoAnswer`."""
    try:
        if question is Configuration:
            return await (_gateway if gateway else _running)(talk, exchanges)
        if question is SavedConfiguration and not gateway:
            return await _saved(talk, exchanges)
        if question is RoutingTable and not gateway:
            return await _routes(talk, exchanges)
    except NotOffered:
        pass
    raise NoAnswer(not_offered(talk.device))


async def _running(talk: Talk, exchanges: list[Exchange]) -> Mapping[str, Any]:
    raw = await talk.send(RUNNING, exchanges)
    told = talk.read(RUNNING, lambda: printed(raw))
    body = talk.read(RUNNING, lambda: whole(told))
    return _kept(talk, body, told)


async def _gateway(talk: Talk, exchanges: list[Exchange]) -> Mapping[str, Any]:
    """By the site's question: one line at least must match its pattern, and the console's word of
    success must stand at the end."""
    asked = u1900.question_of(talk.device, TOPIC)
    if asked is None or not asked.confirmed:
        raise NoAnswer(not_written_down(talk.device, TOPIC))
    if not (u1900.may_be_sent(asked.command) and u1900.may_be_tried(asked)):
        raise NoAnswer(not_read_only(talk.device, TOPIC))
    raw = await talk.send(asked.command, exchanges)
    pattern = re.compile(asked.pattern)

    def parse() -> tuple[str, ...]:
        lines = u1900.without_trailer(printed(raw))
        if not any(pattern.search(line[: u1900.LINE_LIMIT]) for line in lines):
            raise Garbled
        return tuple(line for line in lines if line.strip())

    told = talk.read(asked.command, parse)
    return _kept(talk, told, told)


def _kept(talk: Talk, body: tuple[str, ...], told: tuple[str, ...]) -> Mapping[str, Any]:
    device, what = talk.device.name, What.CONFIGURATION
    lines = _lines(talk, body)
    talk.notebook.keep(what, lines, full="\n".join(told).strip("\n") + "\n")
    known = talk.means.known
    return {
        "lines": lines,
        "approved": _as_today(talk, known.approved(device, what)),
        "kept": _as_today(talk, known.kept(device, what)),
    }


def _as_today(talk: Talk, earlier: Earlier) -> Earlier:
    """Without the lines that the site has come to call volatile since."""
    if not isinstance(earlier, Standing):
        return earlier
    return replace(earlier, lines=settled(earlier.lines, talk.device.watch.volatile))


def _lines(talk: Talk, body: tuple[str, ...]) -> tuple[str, ...]:
    quiet = settled(body, talk.device.watch.volatile)
    return redacted(quiet, talk.device.name, talk.means.veil)


async def _saved(talk: Talk, exchanges: list[Exchange]) -> Mapping[str, Any]:
    sides: dict[str, tuple[str, ...]] = {}
    for name, command in (("running", RUNNING), ("saved", SAVED)):
        raw = await talk.send(command, exchanges)
        told = talk.read(command, lambda raw=raw: whole(printed(raw)))  # type: ignore[misc]
        sides[name] = _lines(talk, told)
    return sides


async def _routes(talk: Talk, exchanges: list[Exchange]) -> Mapping[str, Any]:
    raw = await talk.send(ROUTES, exchanges)
    found = talk.read(ROUTES, lambda: routes.routes(printed(raw)))
    counted = routes.counting(found, talk.device.watch.routes)
    lines = tuple(one.line() for one in counted)
    talk.notebook.keep(What.ROUTES, lines)
    approved = talk.means.known.approved(talk.device.name, What.ROUTES)
    if isinstance(approved, Standing):
        still = routes.counting(routes.read_back(approved.lines), talk.device.watch.routes)
        approved = replace(approved, lines=tuple(one.line() for one in still))
    return {"lines": lines, "total": len(found), "approved": approved}
