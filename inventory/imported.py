"""Devices of a spreadsheet as Ansible YAML: one file of the estate, `imported.yml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from inventory.columns import Column, columns
from inventory.declared import NAME
from inventory.places import OWN
from inventory.problems import Problem, shown
from inventory.spreadsheet import Row
from phrases import Phrase, say

IMPORTED: Final = "imported.yml"

HEADING: Final = """\
# Devices of {source}, written by `lineguard inventory import`.
# Change the spreadsheet and import it again with --replace; what is changed here is lost then.
"""

WIDE: Final = 4_096
"""Columns before a text is folded: never, since no text is longer."""


@dataclass(slots=True, kw_only=True)
class Imported:
    """One device of a spreadsheet: its row, its groups and its host variables."""

    row: int
    name: str
    groups: tuple[str, ...]
    """Site, kind, then traits."""
    variables: Mapping[str, Any] = field(default_factory=dict)


def devices_of(rows: Iterable[Row], file: str) -> tuple[tuple[Imported, ...], tuple[Problem, ...]]:
    """The devices of the rows that can be read, and all that is wrong with the others."""
    found: dict[str, Imported] = {}
    problems: list[Problem] = []
    for row in rows:
        values, wrong = _values(row)
        name = str(values.get("name", ""))
        if name in found:
            wrong.append(say("the same name stands in row {row}", row=found[name].row))
        device = name if NAME.fullmatch(name) else None
        problems += [Problem(file=file, line=row.number, device=device, what=one) for one in wrong]
        if not wrong:
            found[name] = _device(row.number, values)
    return tuple(found.values()), tuple(problems)


def as_yaml(devices: Iterable[Imported], source: str) -> str:
    """The file's text: each device under its site with its variables, and named in its groups."""
    groups: dict[str, dict[str, Any]] = {}
    for device in devices:
        site, *others = device.groups
        groups.setdefault(site, {})[device.name] = dict(device.variables)
        for group in others:
            groups.setdefault(group, {})[device.name] = {}
    children = {name: {"hosts": hosts} for name, hosts in groups.items()}
    text = yaml.safe_dump(
        {"all": {"children": children}}, allow_unicode=True, sort_keys=False, width=WIDE
    )
    return HEADING.format(source=shown(source)) + text


def _values(row: Row) -> tuple[dict[str, Any], list[Phrase]]:
    """By column, what its cell says; and what is wrong with the cells."""
    values: dict[str, Any] = {}
    wrong: list[Phrase] = []
    for column in columns():
        cell = row.cells.get(column.name)
        if cell is None:
            if column.needed:
                wrong.append(say("“{column}” is empty", column=column.name))
            continue
        value = column.read(cell.text)
        if isinstance(value, Phrase):
            wrong.append(say("{column}: {what}", column=shown(cell.header), what=value))
        else:
            values[column.name] = value
    return values, [*wrong, *_inconsistent(values)]


def _inconsistent(values: Mapping[str, Any]) -> Iterator[Phrase]:
    """A name that Ansible would take for a range, and a protocol that is denied and described."""
    if "name" in values and not NAME.fullmatch(values["name"]):
        yield say("the name may hold letters, digits, . _ - only")
    for column in columns():
        denied = column.protocol and values.get(column.protocol) is False
        if denied and column.field and column.name in values:
            yield say("“{protocol}” is no, but “{column}” has a value",
                      protocol=column.protocol, column=column.name)  # fmt: skip


def _device(row: int, values: Mapping[str, Any]) -> Imported:
    own: dict[str, Any] = {key: values[key] for key in ("title", "depends_on") if key in values}
    for column in columns():
        if column.protocol and column.name in values:
            _declare(own, column, values[column.name])
    variables: dict[str, Any] = {}
    if "address" in values:
        variables["ansible_host"] = values["address"]
    if own:
        variables[OWN] = own
    groups = (values["site"], values["kind"], *values.get("traits", ()))
    return Imported(row=row, name=values["name"], groups=groups, variables=variables)


def _declare(own: dict[str, Any], column: Column, value: object) -> None:
    """One key of a protocol, or the protocol alone where it is affirmed."""
    if column.field:
        own.setdefault(column.protocol, {})[column.field] = value
    elif value is True:
        own.setdefault(column.protocol, {})
