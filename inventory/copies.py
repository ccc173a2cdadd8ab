"""The catalogue of backup copies: what a device's `copies` declare, and who keeps which file."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

from inventory.declared import NAME, Value, choice, items, mapping, number, record, text, whole
from inventory.marks import refuse_placeholders
from inventory.model import Copy, CopyPlace, Device, KeptFile, TrialRestore
from inventory.places import Path
from inventory.problems import shown
from phrases import Phrase, say

COPY_KEYS: Final = frozenset(
    {"name", "for", "keeper", "path", "max_age_h", "min_bytes", "checksum", "offsite", "restore"}
)
PLACE_KEYS: Final = frozenset({"keeper", "path"})
NEEDED: Final = ("name", "for", "path", "max_age_h")
ITEMS: Final = frozenset({"M40", "M42", "M57"})
"""The items of the schedule that look at copies."""
OFFSITE_ITEM: Final = "M57"
"""Its rule is "application data backup, and its off-site copy"."""
PROVEN_ITEM: Final = "M40"
"""Its rule is "fresh, checksum ok"."""
BESIDE: Final = "beside"
SHA256: Final = re.compile(r"[0-9a-f]{64}")
OWNER: Final = "{device}"
"""In a path: the name of the device whose copy it is, so that a group can share one entry."""
WILD: Final = frozenset("*?")
NOT_IN_GLOBS: Final = frozenset("[]\\")
PATH_LIMIT: Final = 400
LONGEST_AGE_H: Final = 24.0 * 366 * 2
MOST_BYTES: Final = 2**60


def read_copies(parts: Mapping[str, Value], owner: str) -> tuple[Copy, ...]:
    """The catalogue of one device. A copy that is wrong is complained about and left out."""
    if "copies" not in parts:
        return ()
    read = [(value, _copy(value, owner)) for value in items(parts["copies"])]
    names = Counter(copy.name for _, copy in read if copy is not None)
    for value, copy in read:
        if copy is not None and names[copy.name] > 1:
            value.refuse(say("{at}: another copy has the name “{name}” too", at=value.at,
                             name=copy.name))  # fmt: skip
            names[copy.name] = 0
    return tuple(copy for _, copy in read if copy is not None)


def _copy(value: Value, owner: str) -> Copy | None:
    before = len(value.complaints.found)
    parts = mapping(value, COPY_KEYS)
    if not isinstance(value.raw, Mapping):
        return None
    for key in NEEDED:
        if key not in parts:
            value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key=key))
    age = number(parts["max_age_h"], 0.01, LONGEST_AGE_H) if "max_age_h" in parts else None
    least = whole(parts["min_bytes"], 1, MOST_BYTES) if "min_bytes" in parts else 1
    copy = Copy(
        name=_name(parts["name"]) if "name" in parts else "",
        items=_items(parts["for"]) if "for" in parts else (),
        kept=_place(parts, owner),
        max_age_h=age or 0.0,
        min_bytes=least or 1,
        checksum=_checksum(parts["checksum"]) if "checksum" in parts else None,
        offsite=_offsite(parts["offsite"], owner) if "offsite" in parts else None,
        restore=record(parts["restore"], TrialRestore) if "restore" in parts else None,
    )
    if len(value.complaints.found) == before:
        _check_proven(value, copy)
    return copy if len(value.complaints.found) == before else None


def _check_proven(value: Value, copy: Copy) -> None:
    """What an item's rule needs of its copies."""
    if OFFSITE_ITEM in copy.items and copy.offsite is None:
        value.refuse(say("{at}: a copy for M57 needs “offsite”, its second place", at=value.at))
    if PROVEN_ITEM in copy.items and copy.checksum is None and copy.offsite is None:
        value.refuse(
            say("{at}: a copy for M40 needs “checksum”, or “offsite” to compare it with",
                at=value.at)
        )  # fmt: skip


def _name(value: Value) -> str:
    found = text(value)
    if found is not None and not NAME.fullmatch(found):
        value.refuse(say("{at} may hold letters, digits, . _ - only", at=value.at))
    return found or ""


def _items(value: Value) -> tuple[str, ...]:
    found = [choice(one, ITEMS) for one in items(value)]
    if not value.raw:
        value.refuse(say("{at} names no item", at=value.at))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _offsite(value: Value, owner: str) -> CopyPlace | None:
    parts = mapping(value, PLACE_KEYS)
    if not isinstance(value.raw, Mapping):
        return None
    for key in sorted(PLACE_KEYS - parts.keys()):
        value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key=key))
    return _place(parts, owner)


def _place(parts: Mapping[str, Value], owner: str) -> CopyPlace:
    keeper = text(parts["keeper"]) if "keeper" in parts else owner
    path = _path(parts["path"], owner) if "path" in parts else ""
    return CopyPlace(keeper=keeper or "", path=path)


def _path(value: Value, owner: str) -> str:
    """An absolute path of plain parts; wildcards in its last part only."""
    found = text(value)
    if found is None:
        return ""
    why = _why_no_path(found)
    if why is not None:
        value.refuse(say("{at} {why}: {path}", at=value.at, why=why, path=shown(found)))
    refuse_placeholders(value, found, (OWNER,))
    return found.replace(OWNER, owner)


def _why_no_path(path: str) -> Phrase | None:
    folder, name = posixpath.split(path)
    if not path.startswith("/") or len(path) > PATH_LIMIT:
        return say("must be an absolute path of at most {limit} characters", limit=PATH_LIMIT)
    if posixpath.normpath(path) != path or path.startswith("//") or not name:
        return say("must be the plain path of a file, without “..”, “.” or doubled slashes")
    if WILD & set(folder):
        return say("may have * and ? in its last part only")
    if WILD & set(name) and NOT_IN_GLOBS & set(name):
        return say("may not have [, ] or \\ beside * and ?")
    return None


def _checksum(value: Value) -> str | None:
    found = text(value)
    if found is None or found == BESIDE or SHA256.fullmatch(found):
        return found
    value.refuse(
        say("{at} must be “beside” or a SHA-256 of 64 lower-case hexadecimal digits", at=value.at)
    )
    return None


# --- who keeps what ---


def with_keeps(devices: Sequence[Device]) -> tuple[Device, ...]:
    """Each device with what it keeps for all, one entry per path."""
    kept: dict[str, dict[str, KeptFile]] = {}
    for device in devices:
        for copy in device.copies:
            for place in copy.places:
                wanted = _asked_of(copy, place)
                shelf = kept.setdefault(place.keeper, {})
                known = shelf.get(place.path)
                shelf[place.path] = wanted if known is None else _both(known, wanted)
    return tuple(
        replace(one, keeps=tuple(file for _, file in sorted(kept.get(one.name, {}).items())))
        for one in devices
    )


def _asked_of(copy: Copy, place: CopyPlace) -> KeptFile:
    first = place == copy.kept
    compared = copy.checksum is not None or copy.offsite is not None
    return KeptFile(
        path=place.path,
        digest_for=frozenset(copy.items) if compared else frozenset(),
        beside=first and copy.checksum == BESIDE,
        restore_s=copy.restore.limit_s if first and copy.restore is not None else None,
    )


def _both(one: KeptFile, other: KeptFile) -> KeptFile:
    limits = [file.restore_s for file in (one, other) if file.restore_s is not None]
    return KeptFile(
        path=one.path,
        digest_for=one.digest_for | other.digest_for,
        beside=one.beside or other.beside,
        restore_s=reduce(max, limits) if limits else None,
    )


def astray(
    device: Device, devices: Sequence[Device], names: frozenset[str]
) -> Iterator[tuple[Path, str, Phrase]]:
    """Places that cannot be: the key's path under `lineguard`, the device that is named there, and
    what is wrong with it."""
    by_name = {one.name: one for one in devices}
    for at, copy in enumerate(device.copies):
        for place in copy.places:
            path: Path = ("copies", at) if place is copy.kept else ("copies", at, "offsite")
            why = _why_not_there(copy, place, by_name, names)
            if why is not None:
                yield (*path, "keeper"), place.keeper, why


def _why_not_there(
    copy: Copy, place: CopyPlace, by_name: Mapping[str, Device], names: frozenset[str]
) -> Phrase | None:
    if place.keeper not in names:
        return say(
            "its copy “{copy}” is kept on “{keeper}”, which does not exist",
            copy=copy.name,
            keeper=shown(place.keeper),
        )
    keeper, first = by_name.get(place.keeper), by_name.get(copy.kept.keeper)
    if keeper is None:
        return None  # what is wrong with that device is said of itself
    if keeper.access.ssh is None:
        return say(
            "its copy “{copy}” is kept on {keeper}, which has no ssh access to look with",
            copy=copy.name,
            keeper=place.keeper,
        )
    if place is copy.offsite and first is not None and first.site == keeper.site:
        return say("its copy “{copy}” and the off-site one are on the same site", copy=copy.name)
    return None
