"""Click in two languages: commands, groups and options whose help is a `Phrase`.

The language is that of `Asked` in the context, so help speaks it wherever `--lang` stood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click

from lineguard.cli.asked import Asked
from lineguard.cli.folding import aligned, folded, paragraphs
from phrases import Lang, Phrase, say, verbatim

PLACES: Final[Mapping[str, Phrase]] = {
    "OPTIONS": say("OPTIONS"),
    "COMMAND": say("COMMAND"),
    "ARGS": say("ARGS"),
    "TEXT": say("TEXT"),
    "NUMBER": say("NUMBER"),
    "DATE": say("DATE"),
    "TIME": say("TIME"),
    "NAME": say("NAME"),
    "PERSON": say("PERSON"),
    "DEVICES": say("DEVICES"),
    "DIR": say("DIR"),
    "FILE": say("FILE"),
    "BUNDLE": say("BUNDLE"),
    "DEVICE": say("DEVICE"),
    "ITEM": say("ITEM"),
    "ITEMS": say("ITEM"),
    "FOLDER": say("FOLDER"),
    "INTEGER": say("NUMBER"),
}
"""Capitals that stand for what a person puts there."""
_CAPITALS: Final = re.compile(r"\b[A-Z]+\b")

GLOBAL_OPTIONS: Final[tuple[tuple[str, Phrase], ...]] = (
    ("--home DIR", say("the site home (else $LINEGUARD_HOME, /etc/lineguard, ./lineguard-home)")),
    ("--lang zh|en", say("the language of screens (else $LINEGUARD_LANG, else zh)")),
    ("--as PERSON", say("who acts, for what is recorded (else the OS user); a PIN is asked for")),
    ("--json", say("one JSON document on stdout and nothing else")),
    ("--quiet", say("no progress on stderr")),
    ("--no-color", say("no colours, as when the output is not a terminal")),
    ("--help", say("this help")),
)

INDENT: Final = "  "
"""Of everything under a heading in help."""

FAILED: Final = "lineguard.failed"
"""Where a context keeps the exit status of a failure."""

Body = Callable[..., int]
"""What stands behind a command; it returns the exit status."""


def places(text: str, lang: Lang) -> str:
    """A usage or the name of an option, with its placeholders in this language."""
    return _CAPITALS.sub(
        lambda found: PLACES[found[0]].text(lang) if found[0] in PLACES else found[0], text
    )


def lang_of(ctx: click.Context) -> Lang:
    """The language this context speaks."""
    asked = ctx.find_object(Asked)
    return asked.lang if asked else "zh"


class BadArgument(click.BadParameter):
    """A value that cannot be meant, said as a phrase."""

    def __init__(self, why: Phrase, ctx: click.Context | None) -> None:
        super().__init__(why.text("en"), ctx)
        self.why = why


class SpokenOption(click.Option):
    """An option whose help is a phrase."""

    says: Phrase = verbatim("")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option as written, and what it is for."""
        lang = lang_of(ctx)
        self.help = self.says.text(lang)
        record = super().get_help_record(ctx)
        return record and (places(record[0], lang), _needed(record[1], lang))


def _needed(help_: str, lang: Lang) -> str:
    """Click marks what must be given in English only."""
    return help_.replace("[required]", say("(required)").text(lang))


class _Spoken(click.Command):
    """What commands and groups have in common."""

    says: Phrase = verbatim("")
    failed: int = 1
    """The exit status when it could not be done."""
    misused: int = 2
    """The exit status for bad usage."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Unused: groups list what their table says."""
        return self.says.text("en")[:limit]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lang = lang_of(ctx)
        pieces = places(" ".join(self.collect_usage_pieces(ctx)), lang)
        formatter.write(say("Usage: ").text(lang) + f"{ctx.command_path} {pieces}\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        for text in paragraphs(self.says.text(lang_of(ctx))):
            for line in folded(text, formatter.width - len(INDENT)):
                formatter.write(f"{INDENT}{line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lang = lang_of(ctx)
        records = [
            param.get_help_record(ctx) for param in self.params if isinstance(param, SpokenOption)
        ]
        own = [record for record in records if record]
        if own:
            _write_section(formatter, say("Options:").text(lang), own)
        _write_section(
            formatter,
            say("Options of every command:").text(lang),
            [(places(name, lang), text.text(lang)) for name, text in GLOBAL_OPTIONS],
        )


def _write_section(
    formatter: click.HelpFormatter, heading: str, rows: Sequence[tuple[str, str]]
) -> None:
    """Click's own definition lists count characters, which are not columns in Chinese."""
    formatter.write_paragraph()
    formatter.write(f"{heading}\n")
    for line in aligned(rows, formatter.width - len(INDENT)):
        formatter.write(f"{INDENT}{line}\n")


class SpokenCommand(_Spoken):
    """A command; its body returns the exit status."""

    allow_extra_args = True
    """Click would refuse words too many in English only: `parse_args` does it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave word of what a failure shall mean, from here on; refuse words too many."""
        ctx.meta[FAILED] = self.failed
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            words = " ".join(rest)
            raise BadArgument(say("more words than the command takes: {words}", words=words), ctx)
        return rest


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a group's table: `module:attribute`, imported when it is called."""

    where: str
    says: Phrase

    @property
    def of_group(self) -> bool:
        """Does it lead to a group of commands, which stands beside the table?"""
        return self.where.rpartition(":")[2].isupper()


class SpokenGroup(_Spoken, click.Group):
    """A group whose members are imported when they are called; help needs none of them."""

    table: Mapping[str, Entry]

    def __init__(self, name: str, says: Phrase, table: Mapping[str, Entry]) -> None:
        super().__init__(name)
        self.says = says
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        module, _colon, attribute = entry.where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lang = lang_of(ctx)
        _write_section(
            formatter,
            say("Commands:").text(lang),
            [(name, entry.says.text(lang)) for name, entry in self.table.items()],
        )
        super().format_options(ctx, formatter)


def command(
    name: str, says: Phrase, *, failed: int = 1, misused: int = 2
) -> Callable[[Body], SpokenCommand]:
    """Make a function a command. It gets `Asked` first, then its options by name."""

    def made(body: Body) -> SpokenCommand:
        params = getattr(body, "__click_params__", [])
        whole = SpokenCommand(name, callback=click.pass_obj(body), params=params[::-1])
        whole.says, whole.failed, whole.misused = says, failed, misused
        return whole

    return made


def option(*names: str, says: Phrase, **attributes: Any) -> Callable[[Body], Body]:  # noqa: ANN401  (click's own)
    """An option with its help as a phrase."""

    def made(body: Body) -> Body:
        wrapped: Body = click.option(*names, cls=SpokenOption, **attributes)(body)
        params: list[SpokenOption] = wrapped.__click_params__  # type: ignore[attr-defined]
        params[-1].says = says
        return wrapped

    return made


def argument(name: str, **attributes: Any) -> Callable[[Body], Body]:  # noqa: ANN401  (click's own)
    """A positional argument."""
    return click.argument(name, **attributes)
