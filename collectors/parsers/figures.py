"""The figures of a CTI from its page or its status file: whole and plausible, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from collectors.parsers.plain import plain
from collectors.parsers.pointed import NoSuchPlace, at_pointer, document
from collectors.readings import Exchange
from collectors.readings.application import CallCentreState
from inventory.applications import Figures
from inventory.model import Device

COUNT_LIMIT: Final = 1_000_000
"""More calls or agents than any centre has: such a number is none."""
WORD_CHARACTERS: Final = 40
PAIR_LINES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told, and of links whether that means up."""

    calls_online: int
    agents_signed_in: int | None
    queue_length: int | None
    link: str | None
    link_up: bool | None
    ivr: str | None
    ivr_up: bool | None


def figures_of(body: bytes, form: str, wanted: Figures) -> Told:
    """Every figure that the site's data name. Raises `NoSuchPlace` when one is missing or none."""
    page = document(body) if form == "json" else _pairs(body)
    link, link_up = _state(page, wanted.cti_link, wanted.link_up)
    ivr, ivr_up = _state(page, wanted.ivr, wanted.ivr_up)
    return Told(
        calls_online=_count(_at(page, wanted.calls_online)),
        agents_signed_in=_counted(page, wanted.agents_signed_in),
        queue_length=_counted(page, wanted.queue_length),
        link=link,
        link_up=link_up,
        ivr=ivr,
        ivr_up=ivr_up,
    )


def _pairs(body: bytes) -> Mapping[str, str]:
    """`key=value` lines; a key that stands twice says nothing."""
    try:
        lines = body.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise NoSuchPlace from None
    found: dict[str, str] = {}
    if len(lines) > PAIR_LINES or not body.endswith(b"\n"):
        raise NoSuchPlace
    for line in lines:
        key, sign, value = line.partition("=")
        if sign and not key.lstrip().startswith("#"):
            if key.strip() in found:
                raise NoSuchPlace
            found[key.strip()] = value.strip()
    return found


def _at(page: Any, place: str) -> Any:  # noqa: ANN401  (JSON)
    if place.startswith("/"):
        return at_pointer(page, place)
    if not isinstance(page, dict) or place not in page:
        raise NoSuchPlace
    return page[place]


def _counted(page: Any, place: str | None) -> int | None:  # noqa: ANN401
    return None if place is None else _count(_at(page, place))


def _count(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= COUNT_LIMIT:
        raise NoSuchPlace
    return value


def _state(
    page: Any,  # noqa: ANN401
    place: str | None,
    good: tuple[str, ...],
) -> tuple[str | None, bool | None]:
    """The word for a state, and whether it is one of the good ones."""
    if place is None:
        return None, None
    value = _at(page, place)
    if isinstance(value, bool):
        word = "true" if value else "false"
    elif isinstance(value, int) and abs(value) <= COUNT_LIMIT:
        word = str(value)
    elif isinstance(value, str) and value.strip():
        word = value.strip()
    else:
        raise NoSuchPlace
    return plain(word, WORD_CHARACTERS), word.casefold() in {one.casefold() for one in good}


def state_of(device: Device, told: Told, exchanges: tuple[Exchange, ...]) -> CallCentreState:
    """The reading of what was told."""
    return CallCentreState(
        device=device.name,
        taken_at=exchanges[-1].at,
        exchanges=exchanges,
        calls_online=told.calls_online,
        agents_signed_in=told.agents_signed_in,
        queue_length=told.queue_length,
        link=told.link,
        link_up=told.link_up,
        ivr=told.ivr,
        ivr_up=told.ivr_up,
    )
