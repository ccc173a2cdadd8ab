"""Where runbooks stand: the library that comes with the program, and the site's own folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from inventory.problems import Problem, shown
from phrases import Phrase, say
from phrases.system import reason
from runbooks.grammar import MAX_BYTES, RunbookWrong, parse
from runbooks.model import Check, Command, Machine, Place, Runbook

LIBRARY: Final = Path(__file__).parent / "library"
OWN: Final = "runbooks"
"""The folder of a site's own runbooks, below its home. One of a library's name stands in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Every runbook by name, and what is wrong with files that are none."""

    books: Mapping[str, Runbook]
    own: frozenset[str] = frozenset()
    """The site's."""
    problems: tuple[Problem, ...] = field(default=())


def library(folder: Path = LIBRARY) -> Mapping[str, Runbook]:
    """The runbooks that come with the program. Raises `RunbookWrong`."""
    return {path.stem: _read(path, path.name) for path in sorted(folder.glob("*.md"))}


def shelf(home: Path) -> Shelf:
    """The library with the site's own beside and instead of it. A file of the site's that is
    wrong never takes the library's away: it is told of, and the library's stands."""
    books = dict(library())
    own: set[str] = set()
    problems: list[Problem] = []
    for path in sorted((home / OWN).glob("*.md")):
        try:
            books[path.stem] = _read(path, f"{OWN}/{path.name}")
            own.add(path.stem)
        except RunbookWrong as wrong:
            problems += wrong.problems
    return Shelf(books=books, own=frozenset(own), problems=tuple(problems))


def names_of(home: Path, folder: Path = LIBRARY) -> frozenset[str]:
    """What the library's and the site's own runbooks are called; none is read."""
    return frozenset(path.stem for place in (folder, home / OWN) for path in place.glob("*.md"))


def _read(path: Path, shown_as: str) -> Runbook:
    if path.exists() and not path.is_file():  # a pipe would keep whoever opens it waiting
        what = say("is not a regular file")
        raise RunbookWrong((Problem(file=shown_as, what=what),))
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise RunbookWrong(
            (Problem(file=shown_as, line=1, what=say("the file is not UTF-8")),)
        ) from None
    except OSError as error:
        what = say("the file cannot be read: {why}", why=reason(error))
        raise RunbookWrong((Problem(file=shown_as, what=what),)) from None
    return parse(path.stem, text, shown_as)


def dead_references(
    books: Iterable[Runbook],
    items: Collection[str],
    devices: Collection[str],
    commands: Collection[tuple[str, ...]],
) -> Iterator[Problem]:
    """What steps name that there is not. `commands` are those that a runbook may run, by their
    first words, such as `("incident", "show")`."""
    for book in books:
        for step in book.steps():
            for what in _dead(step.machine, items, devices, commands):
                yield Problem(file=f"{book.name}.md", line=step.line, what=what)


def _dead(
    machine: Machine | None,
    items: Collection[str],
    devices: Collection[str],
    commands: Collection[tuple[str, ...]],
) -> Iterator[Phrase]:
    if isinstance(machine, Check):
        for item in machine.items:
            if item not in items:
                yield say("there is no item {item}", item=shown(item))
        if machine.place not in (*Place, *devices):
            yield say("there is no device {device}", device=shown(machine.place))
    elif isinstance(machine, Command) and not runnable(machine.words, commands):
        yield say("“{command}” is no command that a runbook may run",
                  command=shown(" ".join(machine.words)))  # fmt: skip


def runnable(words: tuple[str, ...], commands: Collection[tuple[str, ...]]) -> bool:
    """Does it begin as one of these commands does?"""
    return any(words[: len(one)] == one for one in commands)
