"""The files of an estate as YAML nodes: read once, bounded, and only to find faults and lines.

What the values *are* is Ansible's business (`inventory.listing`). This reading finds what Ansible
passes over in silence (duplicate keys, stray files) and knows on which line a thing stands.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from inventory.problems import Problem, shown
from inventory.yaml_words import why_no_yaml
from phrases import Phrase, say, verbatim
from phrases.system import reason

FILE_LIMIT: Final = 4_000_000
"""Bytes of one file. An estate of 1,000 devices takes about 300,000."""

FILES_LIMIT: Final = 5_000
"""Files of one estate: a host_vars file for each of several thousand devices."""

DEPTH_LIMIT: Final = 40
"""Levels of nesting; deeper ones could exhaust the stack of every YAML reader."""

FOLLOWED_LIMIT: Final = 2 * DEPTH_LIMIT
"""Levels of nesting once aliases are followed."""

NODES_LIMIT: Final = 1_000_000
"""Nodes of one file after its aliases are followed: a few lines of aliases can stand for 10^9."""

VAULT_MARK: Final = b"$ANSIBLE_VAULT"
"""How a file begins that is encrypted as a whole (Ansible, "Vault format")."""

PASSED_OVER: Final = re.compile(
    r"^\.|(~|\.pyc|\.pyo|\.swp|\.bak|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$"
)
"""Names that Ansible does not read in an inventory (INVENTORY_IGNORE_EXTS of ansible-core 2.19)."""

YAML_ENDINGS: Final = frozenset({"", ".yml", ".yaml", ".json"})
"""Endings of the variable files that Ansible reads (YAML_FILENAME_EXTENSIONS)."""

LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's reader where PyYAML was built with it: ten times faster, same nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file. `root` is None when it is empty or encrypted."""

    name: str
    """Relative to the folder's parent, with `/`: `estate/group_vars/switch.yml`."""
    parts: tuple[str, ...]
    """The path inside the folder, part by part."""
    digest: str
    root: yaml.Node | None = field(repr=False, default=None)
    encrypted: bool = False


def read_folder(folder: Path) -> tuple[tuple[Sheet, ...], tuple[Problem, ...]]:
    """Every file of an estate that Ansible would read, and what is wrong with them."""
    if not folder.is_dir():
        return (), (Problem(file=folder.name, what=say("there is no such folder")),)
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for count, path in enumerate(_files(folder)):
        if count >= FILES_LIMIT:
            what = say("holds more than {limit} files", limit=FILES_LIMIT)
            problems.append(Problem(file=folder.name, what=what))
            break
        parts = path.relative_to(folder).parts
        sheet, faults = read_file(path, "/".join((folder.name, *parts)), parts)
        problems += faults
        if sheet is not None:
            sheets.append(sheet)
    return tuple(sheets), tuple(problems)


def read_file(
    path: Path, name: str, parts: tuple[str, ...] = ()
) -> tuple[Sheet | None, tuple[Problem, ...]]:
    """One file as nodes. No sheet when it cannot be read at all."""
    content = bounded_content(path)
    if isinstance(content, Phrase):
        return None, (Problem(file=name, what=content),)
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(VAULT_MARK):
        return Sheet(name=name, parts=parts, digest=digest, encrypted=True), ()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        return None, (Problem(file=name, line=line, what=say("is not UTF-8 text")),)
    root, problems = _nodes(text, name)
    return Sheet(name=name, parts=parts, digest=digest, root=root), problems


def pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping; nothing for any other node. Merged keys (`<<`) come
    last, as what stands in the mapping itself goes before them."""
    if not isinstance(node, yaml.MappingNode):
        return
    merged = [value for key, value in node.value if key.tag == "tag:yaml.org,2002:merge"]
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            yield key, value
    for value in merged:
        for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            yield from pairs(source)


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, counted from 1."""
    return _line(node.start_mark) or 1


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if PASSED_OVER.search(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


def bounded_content(path: Path) -> bytes | Phrase:
    """The bytes of a regular file of at most `FILE_LIMIT`, or why there are none."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return say("is not a regular file")
        if facts.st_size > FILE_LIMIT:
            return say(
                "has {size} bytes, the limit is {limit}", size=facts.st_size, limit=FILE_LIMIT
            )
        return path.read_bytes()
    except OSError as fault:
        return say("cannot be read: {why}", why=reason(fault))


def _nodes(text: str, name: str) -> tuple[yaml.Node | None, tuple[Problem, ...]]:
    try:
        deep = _too_deep(text)
        if deep is not None:
            what = say("is nested deeper than {limit} levels", limit=DEPTH_LIMIT)
            return None, (Problem(file=name, line=deep, what=what),)
        root: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as fault:
        return None, (_not_yaml(fault, name),)
    except ValueError:
        # PyYAML lets some impossible escapes through to chr(): "\UFFFFFFFF".
        return None, (
            Problem(
                file=name,
                what=say("is not YAML: {why}", why=why_no_yaml("unknown escape character")),
            ),
        )
    if root is None:
        return None, ()
    extent = _extent(root, {}, set())
    if extent is None or extent[0] > NODES_LIMIT or extent[1] > FOLLOWED_LIMIT:
        what = say("its aliases stand for more than {limit} values", limit=NODES_LIMIT)
        return None, (Problem(file=name, what=what),)
    return root, tuple(_doubles(root, name, set()))


def _too_deep(text: str) -> int | None:
    """The line where the nesting passes the limit. Events are read without recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT:
                return _line(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _line(mark: Any) -> int | None:  # noqa: ANN401 - PyYAML has two unrelated mark types
    return None if mark is None else int(mark.line) + 1


def _not_yaml(fault: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(fault, "problem_mark", None)
    why = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "?"
    return Problem(
        file=name, line=_line(mark), what=say("is not YAML: {why}", why=why_no_yaml(str(why)))
    )


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _extent(
    node: yaml.Node, known: dict[int, tuple[int, int]], open_: set[int]
) -> tuple[int, int] | None:
    """Nodes of a tree and its levels, aliases followed; None when it contains itself."""
    if id(node) in open_:
        return None
    if id(node) not in known:
        open_.add(id(node))
        size, levels = 1, 0
        for child in _children(node):
            extent = _extent(child, known, open_)
            if extent is None:
                return None
            size, levels = size + extent[0], max(levels, extent[1])
        open_.discard(id(node))
        known[id(node)] = (size, levels + 1)
    return known[id(node)]


def _doubles(node: yaml.Node, name: str, seen: set[int]) -> Iterator[Problem]:
    """Keys that stand twice in one mapping: Ansible takes the last and says nothing."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            if key.value in first:
                what = say(
                    "the key “{key}” stands twice, first on line {first}",
                    key=verbatim(shown(key.value)),
                    first=first[key.value],
                )
                yield Problem(file=name, line=line_of(key), what=what)
            first.setdefault(key.value, line_of(key))
    for child in _children(node):
        yield from _doubles(child, name, seen)
