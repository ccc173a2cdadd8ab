"""The kinds of values that options take, refused in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Final

import click

from lineguard import clock
from lineguard.cli.screen import SHANGHAI
from lineguard.cli.speech import BadArgument
from phrases import say

YEARS: Final = range(2000, 2200)
"""Slots of other years are nobody's; and the calendar's arithmetic stays inside its bounds."""


class OneOf(click.ParamType[str]):
    """One of a few words."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """As help shows it."""
        return "|".join(self.words)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself."""
        if value not in self.words:
            raise BadArgument(
                say("{value!r} is none of {words}", value=value, words=", ".join(self.words)), ctx
            )
        return value


class Number(click.ParamType[int]):
    """A whole number within bounds, both included."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number."""
        if isinstance(value, int):
            return value
        if value.isascii() and value.isdigit() and len(value) < len(str(self.most)) + 1:
            number = int(value)
            if self.least <= number <= self.most:
                return number
        raise BadArgument(
            say("{value!r} is not a whole number from {least} to {most}",
                value=value, least=self.least, most=self.most), ctx
        )  # fmt: skip


class Moment(click.ParamType[datetime]):
    """A time: RFC 3339, or without a zone as Shanghai reads the clock."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Aware, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            at = None
        if at is None or at.year not in YEARS:
            raise BadArgument(
                say("{value!r} is not a time such as 2026-11-21T09:30", value=value), ctx
            )
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)


class Later(Moment):
    """A time that is meant to come: also `06:00`, the next time that the clock in Shanghai shows
    it, and `30m`, `2h` or `3d` from now."""

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Aware, in UTC."""
        if isinstance(value, datetime):
            return value
        now = clock.now()
        if (span := SPAN.fullmatch(value)) is not None:
            return now + int(span[1]) * UNITS[span[2]]
        if (hour := HOUR.fullmatch(value)) is not None:
            here = now.astimezone(SHANGHAI)
            then = here.replace(hour=int(hour[1]), minute=int(hour[2]), second=0, microsecond=0)
            return (then if then > here else then + timedelta(days=1)).astimezone(UTC)
        try:
            return super().convert(value, param, ctx)
        except BadArgument:
            why = say("{value!r} is not a time such as 2026-11-21T09:30, 09:30, 30m or 2h",
                      value=value)  # fmt: skip
            raise BadArgument(why, ctx) from None


SPAN: Final = re.compile(r"([0-9]{1,4})([mhd])")
HOUR: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
UNITS: Final[Mapping[str, timedelta]] = {
    "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1),
}  # fmt: skip


class Day(click.ParamType[date]):
    """A date of the calendar in Shanghai."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The date."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise BadArgument(say("{value!r} is not a date such as 2026-11-21", value=value), ctx)
        return day


def nearest(name: str, known: Sequence[str]) -> str | None:
    """What was perhaps meant."""
    found = get_close_matches(name, known, n=1)
    return found[0] if found else None
