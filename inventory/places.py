"""Where the things of an estate stand: from a device and a key to file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

import yaml

from inventory.problems import Problem, not_known, shown
from inventory.sheets import YAML_ENDINGS, Sheet, line_of, pairs
from phrases import say

OWN: Final = "lineguard"
"""The variable of a host that says how it is maintained."""

DEFAULTS: Final = "lineguard_defaults"
"""The variable of a group whose content lies under its hosts' `lineguard`."""

GROUP_KEYS: Final = frozenset({"hosts", "vars", "children"})
"""What a group of an Ansible YAML inventory may hold; Ansible skips other keys with a warning."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file. `exact`: the very key stands there in plain text, so that its value is
    no secret of an encrypted file; otherwise it is the nearest thing above it."""

    file: str | None = None
    line: int | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The variables of one host or group at one place."""

    file: str
    line: int
    node: yaml.Node | None


@dataclass(slots=True)
class Places:
    """An index of the blocks of an estate, built once from its sheets."""

    hosts: dict[str, list[Block]] = field(default_factory=dict)
    groups: dict[str, list[Block]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def locate(self, device: str, groups: Iterable[str], path: Path) -> Place:
        """Where a device's effective value at `path` stands, or the nearest key above it.
        `path` begins with the variable's name; `lineguard` is sought in the defaults as well."""
        own = self._host_blocks(device)
        shared = [block for group in sorted(groups) for block in self.groups.get(group, ())]
        inherited = (DEFAULTS, *path[1:]) if path[:1] == (OWN,) else path
        found = [*_followed(own, path), *_followed(shared, inherited)]
        if not found:
            return Place(file=own[0].file, line=own[0].line) if own else Place()
        depth, place = max(found, key=lambda one: one[0])
        if depth <= 1 and own and not place.exact:
            return Place(file=own[0].file, line=own[0].line)
        return place

    def group(self, name: str) -> Place:
        """Where a group stands."""
        blocks = self.groups.get(name, [])
        return Place(file=blocks[0].file, line=blocks[0].line) if blocks else Place()

    def own(self, device: str) -> tuple[Place, ...]:
        """Where a device's `lineguard` stands: more than one place is one too many."""
        return _places_of(OWN, self._host_blocks(device))

    def defaults(self, groups: Iterable[str]) -> tuple[Place, ...]:
        """Where some groups' `lineguard_defaults` stand."""
        return tuple(
            place
            for group in sorted(groups)
            for place in _places_of(DEFAULTS, self.groups.get(group, ()))
        )

    def _host_blocks(self, device: str) -> list[Block]:
        exact = self.hosts.get(device)
        if exact:
            return exact
        # A range such as `seat-[01:30]` stands for many hosts.
        return [
            block
            for name, blocks in self.hosts.items()
            if "[" in name and device.startswith(name.partition("[")[0])
            for block in blocks
        ]


def index(sheets: Iterable[Sheet]) -> Places:
    """The index of an estate's sheets."""
    places = Places()
    for sheet in sheets:
        top = sheet.parts[0] if len(sheet.parts) > 1 else ""
        block = Block(file=sheet.name, line=1, node=sheet.root)
        if top == "host_vars":
            places.hosts.setdefault(owner(sheet.parts), []).append(block)
        elif top == "group_vars":
            places.groups.setdefault(owner(sheet.parts), []).append(block)
        else:
            _index_groups(places, sheet.name, sheet.root)
    return places


def owner(parts: tuple[str, ...]) -> str:
    """The host or group that a file under host_vars/ or group_vars/ belongs to."""
    name = PurePosixPath(parts[1])
    return name.stem if len(parts) == 2 and name.suffix in YAML_ENDINGS else name.name


def misplaced(places: Places) -> Iterator[Problem]:
    """`lineguard` of groups: a host's own would replace it as a whole, without a word."""
    what = say("“lineguard” belongs to one host; for a group write “lineguard_defaults”")
    for name in sorted(places.groups):
        for place in _places_of(OWN, places.groups[name]):
            yield Problem(what=what, file=place.file, line=place.line)


def _index_groups(places: Places, file: str, node: yaml.Node | None) -> None:
    for key, body in pairs(node):
        places.groups.setdefault(key.value, []).append(
            Block(file=file, line=line_of(key), node=None)
        )
        for part, content in pairs(body):
            if part.value == "children":
                _index_groups(places, file, content)
            elif part.value == "hosts":
                _index_hosts(places, file, content)
            elif part.value == "vars":
                places.groups[key.value].append(Block(file=file, line=line_of(part), node=content))
            else:
                what = not_known(shown(key.value), part.value, GROUP_KEYS)
                places.problems.append(Problem(file=file, line=line_of(part), what=what))


def _index_hosts(places: Places, file: str, node: yaml.Node) -> None:
    for key, body in pairs(node):
        block = Block(file=file, line=line_of(key), node=body)
        blocks = places.hosts.setdefault(key.value, [])
        # The place with the host's variables goes before the mere mentions.
        if isinstance(body, yaml.MappingNode) and body.value:
            blocks.insert(0, block)
        else:
            blocks.append(block)


def _places_of(variable: str, blocks: Iterable[Block]) -> tuple[Place, ...]:
    return tuple(
        Place(file=block.file, line=line_of(key), exact=True)
        for block in blocks
        for key, _ in pairs(block.node)
        if key.value == variable
    )


def _followed(blocks: Iterable[Block], path: Path) -> Iterator[tuple[int, Place]]:
    """How far each block holds the path, and the place of the last key that it holds."""
    for block in blocks:
        depth, line, node = 0, block.line, block.node
        for step in path:
            found = _step(node, step)
            if found is None:
                break
            depth, line, node = depth + 1, found[0], found[1]
        if depth:
            # `!vault` and the like: what stands there is not what the reader is told.
            plain = node is None or node.tag.startswith("tag:yaml.org,2002:")
            exact = depth == len(path) and plain
            yield depth, Place(file=block.file, line=line, exact=exact)


def _step(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(step, int):
        if isinstance(node, yaml.SequenceNode) and step < len(node.value):
            return line_of(node.value[step]), node.value[step]
        return None
    for key, value in pairs(node):
        if key.value == step:
            return line_of(key), value
    return None
