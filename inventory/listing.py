"""The estate as Ansible sees it: `ansible-inventory --list`, kept by the content of its files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inventory.ansible_child import AnsibleFailed, Child, find
from inventory.problems import EstateError, Problem, shown
from inventory.sheets import Sheet
from phrases import say

FORMAT: Final = 1
"""Of the cache file; a change of its shape makes old files unreadable."""

CACHE_LIMIT: Final = 64_000_000
"""Bytes of a cache file that are read at all."""

SAID_LENGTH: Final = 300
"""Characters of Ansible's own words in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What `--list` says: variables by host, and the groups of each host."""

    variables: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, frozenset[str]]
    """By host, all groups it is in, directly or through a child group, without all/ungrouped."""
    known_groups: frozenset[str]


def list_estate(
    folder: Path, sheets: tuple[Sheet, ...], child: Child, cache: Path | None
) -> Listing:
    """The listing, from the cache when no file has changed. Raises `EstateError`.

    An estate with a file that is encrypted as a whole is never cached: its listing holds the
    decrypted values. Single encrypted values (`!vault`) are listed as they are encrypted, so
    these may be.
    """
    key = _key(sheets)
    sealed = [sheet for sheet in sheets if sheet.encrypted]
    if cache is not None and not sealed:
        document = _recalled(cache, key)
        if document is not None:
            return parsed(document)
    if sealed and child.vault_password_file is None:
        raise EstateError(tuple(_closed(sheet) for sheet in sealed))
    document = _asked(folder, child, sealed)
    if cache is not None and not sealed:
        _remember(cache, key, document)
    return parsed(document)


def parsed(document: Mapping[str, Any]) -> Listing:
    """The listing of a `--list` document. Parts of an unexpected shape count as absent."""
    meta = _mapping(document.get("_meta"))
    variables = {host: _mapping(values) for host, values in _mapping(meta.get("hostvars")).items()}
    groups: dict[str, set[str]] = {host: set() for host in variables}
    for name in document.keys() - {"_meta"}:
        for host in _hosts_of(document, name):
            groups.setdefault(host, set()).add(name)
    known = {
        *document.keys(),
        *(c for name in document for c in _names(document, name, "children")),
    }
    return Listing(
        variables=variables,
        groups={host: frozenset(names - {"all", "ungrouped"}) for host, names in groups.items()},
        known_groups=frozenset(known - {"_meta", "all", "ungrouped"}),
    )


def _hosts_of(document: Mapping[str, Any], name: str) -> Iterator[str]:
    """The hosts of a group and of all groups below it."""
    seen, waiting = {name}, [name]
    while waiting:
        group = waiting.pop()
        yield from _names(document, group, "hosts")
        below = set(_names(document, group, "children")) - seen
        seen |= below
        waiting.extend(below)


def _names(document: Mapping[str, Any], group: str, part: str) -> Iterator[str]:
    names = _mapping(document.get(group)).get(part)
    if isinstance(names, list):
        yield from (name for name in names if isinstance(name, str))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _asked(folder: Path, child: Child, sealed: Iterable[Sheet]) -> Mapping[str, Any]:
    try:
        answer = child.run("ansible-inventory", "-i", str(folder.absolute()), "--list")
        document = json.loads(answer)
    except AnsibleFailed as fault:
        raise EstateError(_refused(folder, fault, tuple(sealed))) from None
    except (ValueError, RecursionError):
        what = say("ansible-inventory gave no JSON that can be read")
        raise EstateError((Problem(file=folder.name, what=what),)) from None
    return _mapping(document)


def _refused(folder: Path, fault: AnsibleFailed, sealed: tuple[Sheet, ...]) -> tuple[Problem, ...]:
    if sealed and ("vault" in fault.said.lower() or "decrypt" in fault.said.lower()):
        what = say("the vault password does not open this file")
        return tuple(Problem(file=sheet.name, line=1, what=what) for sheet in sealed)
    # Long paths of this machine say nothing to the reader; the file is named by the sentence.
    said = fault.said.replace(str(folder.absolute()), folder.name)
    what = say("ansible-inventory cannot read the estate: {said}", said=shown(said, SAID_LENGTH))
    return (Problem(file=folder.name, what=what),)


def _closed(sheet: Sheet) -> Problem:
    what = say(
        "is encrypted with ansible-vault and no password is given;"
        " name its file in ANSIBLE_VAULT_PASSWORD_FILE"
    )
    return Problem(file=sheet.name, line=1, what=what)


def _key(sheets: tuple[Sheet, ...]) -> str:
    """What the listing depends on: names and contents of all files, and the Ansible itself."""
    with suppress(AnsibleFailed, OSError):
        tool = Path(find("ansible-inventory"))
        facts = [FORMAT, str(tool), tool.stat().st_mtime_ns]
        files = [[*sheet.parts, sheet.digest] for sheet in sheets]
        return hashlib.sha256(json.dumps([facts, files]).encode()).hexdigest()
    return ""


def _recalled(cache: Path, key: str) -> Mapping[str, Any] | None:
    """The kept document; None when there is none, it is of other files, or it is damaged."""
    try:
        if cache.stat().st_size > CACHE_LIMIT:
            return None
        kept = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(kept, dict) or not key or kept.get("key") != key:
        return None
    document = kept.get("listing")
    return document if isinstance(document, dict) else None


def _remember(cache: Path, key: str, document: Mapping[str, Any]) -> None:
    """Write the cache whole or not at all. A home that cannot be written to works without."""
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache.parent, prefix=f".{cache.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"key": key, "listing": document}, file)
            Path(name).replace(cache)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
