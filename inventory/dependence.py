"""What leads where: the way to a device goes through the devices it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inventory.model import Device, Estate, Kind

Edges = Mapping[str, Iterable[str]]


def upstreams(estate: Estate, name: str) -> frozenset[str]:
    """Every device that `name` depends on, directly or through others; without itself."""
    return _reached(_edges(estate.devices), name)


def dependants(estate: Estate, name: str) -> frozenset[str]:
    """Every device that depends on `name`, directly or through others; without itself."""
    edges: dict[str, list[str]] = {device.name: [] for device in estate.devices}
    for device in estate.devices:
        for upstream in device.depends_on:
            edges[upstream].append(device.name)
    return _reached(edges, name)


def of_kind(estate: Estate, *kinds: Kind, site: str | None = None) -> tuple[Device, ...]:
    """The devices of some kinds, by name; of one site, if it is named."""
    return tuple(
        device for device in estate.devices if device.kind in kinds and site in (None, device.site)
    )


def circles(devices: Iterable[Device]) -> tuple[tuple[str, ...], ...]:
    """Each circle of dependence once, beginning with its first name: `("a", "b")` for a -> b -> a.
    Names that do not exist lead nowhere."""
    edges = _edges(devices)
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for name in sorted(_entangled(edges)):
        circle = _circle(edges, name)
        if circle is not None:
            found.setdefault(frozenset(circle), circle)
    return tuple(found.values())


def _edges(devices: Iterable[Device]) -> dict[str, tuple[str, ...]]:
    return {device.name: device.depends_on for device in devices}


def _reached(edges: Edges, start: str) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges.get(name, ()))
    return frozenset(reached - {start})


def _entangled(edges: Edges) -> set[str]:
    """The devices on circles, and those that depend on one: what remains when every device
    whose upstreams are settled is settled in its turn."""
    below: dict[str, list[str]] = {name: [] for name in edges}
    open_: dict[str, int] = {}
    for name, upstreams_ in edges.items():
        known = [upstream for upstream in upstreams_ if upstream in edges]
        open_[name] = len(known)
        for upstream in known:
            below[upstream].append(name)
    settled = [name for name, count in open_.items() if count == 0]
    for name in settled:
        for dependant in below[name]:
            open_[dependant] -= 1
            if open_[dependant] == 0:
                settled.append(dependant)
    return edges.keys() - settled


def _circle(edges: Edges, start: str) -> tuple[str, ...] | None:
    """The shortest way from a device back to itself."""
    came_from: dict[str, str] = {}
    waiting = [start]
    for name in waiting:
        for upstream in edges.get(name, ()):
            if upstream == start:
                return _way(came_from, start, name)
            if upstream not in came_from:
                came_from[upstream] = name
                waiting.append(upstream)
    return None


def _way(came_from: Mapping[str, str], start: str, end: str) -> tuple[str, ...]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
