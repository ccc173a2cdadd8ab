"""Reading what a file declares into the frozen types: each key known, each value of its type.

A `Value` knows its path and complains at its place; every reader gives the typed value, or None
after a complaint, so that one pass finds all that is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from inventory.places import Path, Place
from inventory.problems import Problem, is_printable, listed, not_known, shown
from phrases import Phrase, say, verbatim

T = TypeVar("T")

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""Names of devices and secrets: they become file names, arguments and metric labels."""

TEXT_LIMIT: Final = 1_000
"""Characters of any one text."""

LIST_LIMIT: Final = 1_000
"""Members of any one list."""

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "port": (1, 65535),
    "timeout_s": (0.05, 120),
    "retries": (0, 10),
    "seats": (0, 10_000),
    "tables": (1, 1_000_000),
    "rows": (0, 10**12),
    "limit_s": (1, 14_400),  # four hours: a restore that takes longer is a drill's, not a round's
    "rate": (8_000, 48_000),
    "wait_s": (1, 50),
    "age_s": (1, 86_400),
    "time_column": (1, 500),
    "count_column": (1, 500),
    "count": (1, 10_000),
    "ports": (1, 65535),
    "vrid": (1, 255),
}
"""The least and the greatest value, by the name of the field."""

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})

TELEPHONE: Final = re.compile(r"[0-9.-]{6,}")
"""A number where the name of a secret is meant is the secret itself."""

SECRET_FIELDS: Final = frozenset({"secret", "enable_secret", "number"})


@dataclass(slots=True)
class Complaints:
    """What was found wrong about one device (or person), and where its keys stand."""

    place: Callable[[Path], Place]
    device: str | None = None
    found: list[Problem] = field(default_factory=list)

    def add(self, path: Path, what: Phrase) -> None:
        """One more problem, at the place of that path."""
        at = self.place(path)
        self.found.append(Problem(what=what, file=at.file, line=at.line, device=self.device))


@dataclass(frozen=True, slots=True)
class Value:
    """One value as Ansible gave it, and where to complain about it."""

    raw: Any
    path: Path
    complaints: Complaints

    def part(self, step: str | int, raw: object) -> Value:
        """A value inside this one."""
        return Value(raw, (*self.path, step), self.complaints)

    def refuse(self, what: Phrase) -> None:
        """A complaint about this value."""
        self.complaints.add(self.path, what)

    def refuse_type(self, wanted: Phrase) -> None:
        """The complaint that this value is not what it must be. It quotes only what stands in
        plain text at a known line: anything else may come out of an encrypted file."""
        plain = self.complaints.place(self.path).exact and not _is_collection(self.raw)
        found = verbatim(shown(self.raw)) if plain else _nature(self.raw)
        self.refuse(
            say("{at} must be {wanted}, not {found}", at=self.at, wanted=wanted, found=found)
        )

    @property
    def at(self) -> str:
        """The path as people write it: `lineguard.watch.logs[0].path`."""
        steps = [f"[{s}]" if isinstance(s, int) else f".{shown(s)}" for s in self.path]
        return "".join(steps).removeprefix(".")


def mapping(value: Value, known: Collection[str] | None = None) -> dict[str, Value]:
    """The parts of a mapping. Keys that are not known are complained about and left out."""
    if not isinstance(value.raw, Mapping):
        value.refuse_type(say("a mapping of keys to values"))
        return {}
    parts: dict[str, Value] = {}
    for key, raw in value.raw.items():
        if known is not None and key not in known:
            where = (*value.path, key)
            value.complaints.add(where, not_known(value.at or say("top level"), key, known))
        else:
            parts[str(key)] = value.part(str(key), raw)
    return parts


def items(value: Value) -> Iterator[Value]:
    """The members of a list."""
    if not isinstance(value.raw, list):
        value.refuse_type(say("a list"))
    elif len(value.raw) > LIST_LIMIT:
        value.refuse(say("{at} has more than {limit} members", at=value.at, limit=LIST_LIMIT))
    else:
        yield from (value.part(number, raw) for number, raw in enumerate(value.raw))


def text(value: Value) -> str | None:
    """A text on one line. Numbers must be quoted in the file, or YAML would rewrite them."""
    if not isinstance(value.raw, str):
        number = isinstance(value.raw, int | float) and not isinstance(value.raw, bool)
        value.refuse_type(say("a text in quotes") if number else say("a text"))
        return None
    if len(value.raw) > TEXT_LIMIT or not is_printable(value.raw):
        value.refuse(
            say(
                "{at} must be one line of at most {limit} printable characters",
                at=value.at,
                limit=TEXT_LIMIT,
            )
        )
        return None
    if "{{" in value.raw or "{%" in value.raw:
        value.refuse(say("{at} holds a template, which is not worked out here", at=value.at))
        return None
    return value.raw


def texts(value: Value) -> tuple[str, ...]:
    """A list of texts, in order."""
    return tuple(one for one in map(text, items(value)) if one is not None)


def boolean(value: Value) -> bool | None:
    """true or false."""
    if isinstance(value.raw, bool):
        return value.raw
    value.refuse_type(say("true or false"))
    return None


def whole(value: Value, low: int, high: int) -> int | None:
    """A whole number within a range, both ends included."""
    if type(value.raw) is int and low <= value.raw <= high:
        return value.raw
    value.refuse_type(say("a whole number from {low} to {high}", low=low, high=high))
    return None


def number(value: Value, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A number within a range, both ends included; never infinite, never NaN."""
    fits = type(value.raw) in (int, float) and _finite(value.raw) and low <= value.raw <= high
    if fits:
        return float(value.raw)
    bounded = low > -math.inf
    wanted = (
        say("a number from {low} to {high}", low=low, high=high) if bounded else say("a number")
    )
    value.refuse_type(wanted)
    return None


def choice(value: Value, among: Collection[str]) -> str | None:
    """One of several words. A number in their place counts as its digits: `version: 3`."""
    raw = str(value.raw) if type(value.raw) is int and _finite(value.raw) else value.raw
    if isinstance(raw, str) and raw in among:
        return raw
    value.refuse_type(say("one of {choices}", choices=listed(among)))
    return None


def secret_name(value: Value) -> str | None:
    """The name of a secret. What does not look like one is never quoted: it may be the secret."""
    named = isinstance(value.raw, str) and NAME.fullmatch(value.raw)
    if named and not TELEPHONE.fullmatch(value.raw):
        return str(value.raw)
    value.refuse(
        say(
            "{at} must be the name of a secret (letters, digits, . _ -), never the secret itself",
            at=value.at,
        )
    )
    return None


def record(
    value: Value,
    cls: type[T],
    *,
    absent: Mapping[str, object] = NOTHING,
    fixed: Mapping[str, object] = NOTHING,
) -> T | None:
    """A frozen dataclass of the model, from a mapping with its fields as keys. `absent` holds
    defaults beyond the class's own, `fixed` the fields that are not for the file to say."""
    hints = _hints(cast("Hashable", cls))
    parts = mapping(value, hints.keys() - fixed.keys())
    if not isinstance(value.raw, Mapping):
        return None
    given: dict[str, object] = {**absent, **fixed}
    before = len(value.complaints.found)
    for name, part in parts.items():
        given[name] = _typed(part, name, hints[name])
    for name in sorted(_required(cls) - given.keys()):
        value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key=name))
    if len(value.complaints.found) > before:
        return None
    return cls(**given)


def _typed(value: Value, name: str, hint: Any) -> object:  # noqa: ANN401 - a type form
    if get_origin(hint) in (Union, UnionType):
        if value.raw is None:
            return None
        hint = next(one for one in get_args(hint) if one is not NoneType)
    if name in SECRET_FIELDS:
        return secret_name(value)
    if get_origin(hint) is Literal:
        return choice(value, get_args(hint))
    if get_origin(hint) is tuple:
        return _listed(value, name, get_args(hint)[0])
    if is_dataclass(hint) and isinstance(hint, type):
        return record(value, hint)
    return _scalar(value, name, hint)


def _listed(value: Value, name: str, hint: Any) -> tuple[object, ...]:  # noqa: ANN401
    return tuple(_typed(one, name, hint) for one in items(value))


def _scalar(value: Value, name: str, hint: type) -> object:
    if hint is bool:
        return boolean(value)
    low, high = RANGES.get(name, (-math.inf, math.inf))
    if hint is int:
        return whole(value, int(low), int(high))
    return number(value, low, high) if hint is float else text(value)


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return get_type_hints(cls)


def _required(cls: type) -> set[str]:
    return {
        one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING
    }


def _finite(raw: float) -> bool:
    """Is it a number that a float can hold?"""
    return abs(raw) < 1e300


def _is_collection(raw: object) -> bool:
    return isinstance(raw, Mapping | list)


def _nature(raw: object) -> Phrase:
    """What kind of value it is, where the value itself is not to be quoted."""
    if isinstance(raw, Mapping):
        return say("a mapping of keys to values")
    if isinstance(raw, list):
        return say("a list")
    if raw is None:
        return say("no value")
    return say("the given value")
