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
    for name in sorted(edges):
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


def _circle(edges: Edges, start: str) -> tuple[str, ...] | None:
    """The shortest way from a device back to itself."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for upstream in edges.get(way[-1], ()):
            if upstream == start:
                return way
            if upstream not in seen:
                seen.add(upstream)
                ways.append((*way, upstream))
    return None
