"""From Ansible's listing to sites and devices: the rules of the estate, one function each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from inventory.access import PROTOCOLS, read_access, read_address
from inventory.attention import read_console, read_limits, read_oids, read_watch
from inventory.calls import read_status_file, read_traffic
from inventory.copies import read_copies
from inventory.declared import NAME, Complaints, Value, mapping, record, text, texts
from inventory.listing import Listing
from inventory.logins import read_rotate
from inventory.model import Device, Kind, Site, SiteItem, Trait
from inventory.own_items import NO_WORDS, VARIABLE, Vocabulary, read_items
from inventory.places import DEFAULTS, OWN, Places
from inventory.problems import Problem, listed, nearest, not_known, shown
from inventory.vault import Opener, VaultClosed, opened
from phrases import Phrase, say

DEVICE_KEYS: Final = frozenset(
    {
        *PROTOCOLS,
        "title",
        "depends_on",
        "limits",
        "console",
        "oids",
        "watch",
        "rotate",
        "status_file",
        "traffic",
        "copies",
    }
)

SITE: Final = "lineguard_site"
"""The variable of a site's group: `{title: ..., seats: ...}`."""

OUR_VARIABLES: Final = frozenset({OWN, DEFAULTS, SITE, VARIABLE})

SITES: Final = ("site_primary", "site_dr", "site_witness")

KINDS: Final = frozenset(kind.value for kind in Kind)

TRAITS: Final = frozenset(trait.value for trait in Trait)

GROUPS: Final = frozenset({*KINDS, *TRAITS, *SITES})

MISSPELT: Final = 0.8
"""How near another variable's name must come to one of ours to be taken for a slip."""


@dataclass(slots=True)
class Survey:
    """One reading of an estate: what it is read from, and what was found wrong so far."""

    listing: Listing
    places: Places
    limit_names: frozenset[str]
    opener: Opener
    words: Vocabulary = NO_WORDS
    problems: list[Problem] = field(default_factory=list)

    def devices(self) -> tuple[Device, ...]:
        """Every device that could be read, by name."""
        found = [self._device(name) for name in sorted(self.listing.groups)]
        return tuple(one for one in found if one is not None)

    def sites(self) -> tuple[Site, ...]:
        """Every site that has devices, in the order primary, DR, witness."""
        inhabited = {name for groups in self.listing.groups.values() for name in groups}
        return tuple(self._site(name) for name in SITES if name in inhabited)

    def check_groups(self) -> None:
        """Every group must be a kind, a trait or a site."""
        for name in sorted(self.listing.known_groups - GROUPS):
            at = self.places.group(name)
            what = _no_such_group(name, nearest(name, GROUPS))
            self.problems.append(Problem(what=what, file=at.file, line=at.line))

    def _complaints(self, device: str) -> Complaints:
        groups = {"all", *self.listing.groups.get(device, ())}
        return Complaints(partial(self.places.locate, device, groups), device)

    def _device(self, name: str) -> Device | None:
        complaints = self._complaints(name)
        device = self._read_device(name, complaints)
        self._check_repeated(name, complaints)
        self.problems += complaints.found
        return device

    def _read_device(self, name: str, complaints: Complaints) -> Device | None:
        variables = self.listing.variables.get(name, {})
        groups = self.listing.groups[name]
        kind = _one_of(groups, KINDS, complaints)
        site = _one_of(groups, frozenset(SITES), complaints)
        _check_names(name, variables, complaints)
        declared = Value(_effective(variables, self.opener, complaints), (OWN,), complaints)
        parts = mapping(declared, DEVICE_KEYS)
        device = partial(
            Device,
            name=name,
            address=read_address(variables, bool(parts.keys() & PROTOCOLS.keys()), complaints),
            title=(text(parts["title"]) or "") if "title" in parts else "",
            traits=frozenset(Trait(trait) for trait in groups & TRAITS),
            access=read_access(parts),
            depends_on=texts(parts["depends_on"]) if "depends_on" in parts else (),
            limits=read_limits(parts, self.limit_names),
            console=read_console(parts),
            oids=read_oids(parts),
            watch=read_watch(parts),
            rotate=read_rotate(parts),
            status_file=read_status_file(parts),
            traffic=read_traffic(parts),
            copies=read_copies(parts, name),
        )
        return device(kind=Kind(kind), site=site) if kind and site else None

    def _check_repeated(self, name: str, complaints: Complaints) -> None:
        """Ansible replaces whole variables: of two in the same rank, one is lost silently."""
        groups = {"all", *self.listing.groups[name]}
        for variable, places in (
            (OWN, self.places.own(name)),
            (DEFAULTS, self.places.defaults(groups)),
        ):
            for place in places[1:]:
                what = say(
                    "“{variable}” stands in two places, Ansible takes one; the other is {other}",
                    variable=variable,
                    other=f"{shown(places[0].file or '')}:{places[0].line}",
                )
                complaints.found.append(
                    Problem(what=what, file=place.file, line=place.line, device=name)
                )

    def items(self) -> tuple[SiteItem, ...]:
        """What the site changes in the schedule: a variable that all hosts share."""
        holders = {
            host: variables[VARIABLE]
            for host, variables in sorted(self.listing.variables.items())
            if VARIABLE in variables
        }
        if not holders:
            return ()
        host, raw = next(iter(holders.items()))
        complaints = Complaints(partial(self.places.locate, host, {"all"}))
        if len(holders) < len(self.listing.groups) or any(one != raw for one in holders.values()):
            complaints.add((VARIABLE,), say("“{variable}” stands in group_vars/all.yml, for all",
                                            variable=VARIABLE))  # fmt: skip
        value = Value(_opened(raw, (VARIABLE,), self.opener, complaints), (VARIABLE,), complaints)
        read = read_items(value, self.words)
        self.problems += complaints.found
        return read

    def _site(self, name: str) -> Site:
        member = min(host for host, groups in self.listing.groups.items() if name in groups)
        complaints = Complaints(partial(self.places.locate, member, {name, "all"}))
        raw = self.listing.variables.get(member, {}).get(SITE, {})
        value = Value(_opened(raw, (SITE,), self.opener, complaints), (SITE,), complaints)
        site = record(value, Site, absent={"title": name}, fixed={"name": name})
        self.problems += complaints.found
        return site or Site(name=name, title=name)


def _no_such_group(name: str, close: str | None) -> Phrase:
    if close is None:
        return say("the group “{group}” is not known", group=shown(name))
    return say(
        "the group “{group}” is not known; the nearest is “{nearest}”",
        group=shown(name),
        nearest=close,
    )


def _one_of(groups: frozenset[str], among: frozenset[str], complaints: Complaints) -> str | None:
    """The one group of a device that is among some; the complaint when there are none or more."""
    found = groups & among
    if len(found) == 1:
        return next(iter(found))
    if found:
        complaints.add((), say("may be in one of these groups only: {found}", found=listed(found)))
    elif not any(nearest(name, GROUPS) in among for name in groups - GROUPS):
        # Otherwise the group is misspelt, and that has been said once for all its devices.
        complaints.add((), say("must be in one of these groups: {among}", among=listed(among)))
    return None


def _check_names(device: str, variables: Mapping[str, Any], complaints: Complaints) -> None:
    """Variables of other tools are none of our business, unless one is ours misspelt."""
    if not NAME.fullmatch(device):
        complaints.add((), say("the name may hold letters, digits, . _ - only"))
    for name in sorted(variables.keys() - OUR_VARIABLES):
        ours = name.startswith(OWN) or nearest(name, OUR_VARIABLES, MISSPELT) is not None
        if ours:
            complaints.add((name,), not_known(say("host variables"), name, OUR_VARIABLES))


def _effective(
    variables: Mapping[str, Any], opener: Opener, complaints: Complaints
) -> dict[str, Any]:
    """A device's `lineguard`, laid over its groups' `lineguard_defaults`."""
    layers = []
    for name in (DEFAULTS, OWN):
        raw = _opened(variables.get(name, {}), (OWN,), opener, complaints)
        if isinstance(raw, Mapping):
            layers.append(raw)
        else:
            Value(raw, (name,), complaints).refuse_type(say("a mapping of keys to values"))
            layers.append({})
    return merged(layers[0], layers[1])


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A deep merge: mappings are merged key by key, all else is replaced. A null takes a key
    of the layer below away."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if value is None and key in result:
            del result[key]
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _opened(
    raw: Any,  # noqa: ANN401 - any JSON value
    path: tuple[str, ...],
    opener: Opener,
    complaints: Complaints,
) -> Any:  # noqa: ANN401
    try:
        return opened(raw, opener)
    except VaultClosed as fault:
        what = say("an encrypted value cannot be opened: {said}", said=shown(fault.said, 200))
        complaints.add(path, what)
        return {}
