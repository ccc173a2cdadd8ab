"""An estate from its folder: read, listed by Ansible, validated; all problems at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache as remembered
from functools import partial
from pathlib import Path

from inventory.ansible_child import Child
from inventory.copies import astray, with_keeps
from inventory.crossings import joined_up, strays
from inventory.dependence import circles
from inventory.devices import Survey
from inventory.listing import Listing, list_estate
from inventory.model import Device, Estate, Kind, Trait
from inventory.own_items import NO_WORDS, Vocabulary
from inventory.people import load_people
from inventory.places import OWN, Places, index, misplaced, owner
from inventory.problems import EstateError, Problem, in_order, nearest, shown
from inventory.sheets import Sheet, read_folder
from inventory.vault import open_vault
from phrases import Phrase, say, verbatim


def load_estate(
    folder: Path,
    people: Path | None,
    *,
    limit_names: frozenset[str],
    cache: Path | None,
    vault_password_file: Path | None = None,
    words: Vocabulary = NO_WORDS,
) -> Estate:
    """The estate of a home. Raises `EstateError` with every problem that was found.

    `limit_names` are the keys that a device's `limits` may hold. `cache` is the file that keeps
    Ansible's listing between runs; it never holds a decrypted value (see `inventory.listing`).
    `words` are the items and checks that the schedule knows, for what the site changes in it.
    Without `vault_password_file`, the file that $ANSIBLE_VAULT_PASSWORD_FILE names is used.
    """
    problems: list[Problem] = []
    persons, faults = load_people(people) if people is not None else ((), ())
    problems += faults
    sheets, faults = read_folder(folder)
    problems += faults
    if faults:
        # Ansible would only stumble over the same files, with poorer words.
        raise EstateError(in_order(problems))
    child = Child(vault_password_file=vault_password_file or vault_password_named())
    try:
        listing = list_estate(folder, sheets, child, cache)
    except EstateError as fault:
        raise EstateError(in_order([*problems, *fault.problems])) from None
    estate, faults = survey(listing, sheets, limit_names, child, words)
    problems += faults
    if problems:
        raise EstateError(in_order(problems))
    return replace(estate, people=persons)


def survey(
    listing: Listing,
    sheets: tuple[Sheet, ...],
    limit_names: frozenset[str],
    child: Child,
    words: Vocabulary = NO_WORDS,
) -> tuple[Estate, tuple[Problem, ...]]:
    """What a listing says, and all that is wrong with it."""
    places = index(sheets)
    reading = Survey(
        listing=listing,
        places=places,
        limit_names=limit_names,
        # Several devices share a group's variables: each encrypted value is opened once.
        opener=remembered(partial(open_vault, child=child)),
        words=words,
    )
    reading.check_groups()
    devices = reading.devices()
    estate = Estate(
        sites=reading.sites(), devices=with_keeps(joined_up(devices)), items=reading.items()
    )
    faults = [
        *places.problems,
        *misplaced(places),
        *reading.problems,
        *_strays(listing, sheets),
        *_dependences(listing, places, devices),
        *_keepers(listing, places, devices),
        *_crossings(listing, places, devices),
    ]
    if not listing.groups:
        faults.append(Problem(what=say("the estate holds no device")))
    return estate, in_order(faults)


def vault_password_named() -> Path | None:
    """The password file (or script) that the environment names, as for Ansible itself."""
    named = os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE")
    return Path(named).expanduser() if named else None


def _strays(listing: Listing, sheets: tuple[Sheet, ...]) -> Iterator[Problem]:
    """Variable files of hosts and groups that do not exist: Ansible never reads them. One of a kind
    that has no device yet is no mistake."""
    for sheet in sheets:
        if len(sheet.parts) < 2 or sheet.parts[0] not in ("host_vars", "group_vars"):
            continue
        if sheet.parts[0] == "host_vars":
            known = set(listing.groups)
            what = say("belongs to no device")
        else:
            known = {"all", "ungrouped", *Kind, *Trait, *listing.known_groups}
            what = say("belongs to no group")
        name = owner(sheet.parts)
        if name not in known:
            yield Problem(file=sheet.name, what=_nearly(what, nearest(name, known)))


def _dependences(
    listing: Listing, places: Places, devices: tuple[Device, ...]
) -> Iterator[Problem]:
    """Devices that are depended on and do not exist, and circles."""
    for device in devices:
        for number, upstream in enumerate(device.depends_on):
            if upstream not in listing.groups:
                what = say(
                    "depends on “{upstream}”, which does not exist", upstream=shown(upstream)
                )
                close = nearest(upstream, listing.groups.keys())
                yield _at(listing, places, device.name, number, _nearly(what, close))
    for circle in circles(devices):
        way = verbatim(" → ".join((*circle, circle[0])))
        yield _at(listing, places, circle[0], None, say("depends on itself: {way}", way=way))


def _keepers(listing: Listing, places: Places, devices: tuple[Device, ...]) -> Iterator[Problem]:
    """Copies on devices that do not exist, or that nobody can be asked on."""
    for device in devices:
        for path, keeper, what in astray(device, devices, frozenset(listing.groups)):
            place = places.locate(device.name, {"all", *listing.groups[device.name]}, (OWN, *path))
            near = None if keeper in listing.groups else nearest(keeper, listing.groups.keys())
            yield Problem(
                what=_nearly(what, near), file=place.file, line=place.line, device=device.name
            )


def _crossings(listing: Listing, places: Places, devices: tuple[Device, ...]) -> Iterator[Problem]:
    for stray in strays(devices):
        groups = {"all", *listing.groups[stray.device]}
        place = places.locate(stray.device, groups, (OWN, *stray.path))
        yield Problem(what=stray.what, file=place.file, line=place.line, device=stray.device)


def _at(listing: Listing, places: Places, device: str, number: int | None, what: Phrase) -> Problem:
    path = (OWN, "depends_on") if number is None else (OWN, "depends_on", number)
    place = places.locate(device, {"all", *listing.groups[device]}, path)
    return Problem(what=what, file=place.file, line=place.line, device=device)


def _nearly(what: Phrase, close: str | None) -> Phrase:
    if close is None:
        return what
    return say("{what}; the nearest is “{nearest}”", what=what, nearest=close)
