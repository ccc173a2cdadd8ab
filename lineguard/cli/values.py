"""The kinds of values that options take, refused in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches

import click

from lineguard.cli.screen import SHANGHAI
from phrases import Phrase, say


class BadArgument(click.BadParameter):
    """A value that cannot be meant, said as a phrase."""

    def __init__(self, why: Phrase, ctx: click.Context | None) -> None:
        super().__init__(why.text("en"), ctx)
        self.why = why


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
            raise BadArgument(
                say("{value!r} is not a time such as 2026-11-21T09:30", value=value), ctx
            ) from None
        return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)


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
            return date.fromisoformat(value)
        except ValueError:
            raise BadArgument(
                say("{value!r} is not a date such as 2026-11-21", value=value), ctx
            ) from None


def nearest(name: str, known: Sequence[str]) -> str | None:
    """What was perhaps meant."""
    found = get_close_matches(name, known, n=1)
    return found[0] if found else None
