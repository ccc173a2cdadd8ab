"""Facts of an estate for tests: everything has a default, a test names what it is about."""

from __future__ import annotations

from typing import Any

from inventory.model import (
    Access,
    Cli,
    Device,
    Estate,
    Http,
    Icmp,
    Kind,
    Nut,
    Oracle,
    Person,
    Postgres,
    Role,
    Sip,
    Site,
    Snmp,
    SnmpValue,
    Ssh,
    Tcp,
    Trait,
    Watch,
    WinSsh,
)

ACCESS_KEYS = frozenset(
    {
        "cli", "snmp", "ssh", "postgres", "http", "sip", "icmp", "tcp", "oracle", "nut", "winssh",
    }
)  # fmt: skip


def device(
    name: str = "sw-core-1",
    kind: Kind | str = Kind.SWITCH,
    *,
    site: str = "site_primary",
    address: str = "127.0.0.1",
    title: str = "",
    traits: tuple[Trait | str, ...] = (),
    depends_on: tuple[str, ...] = (),
    limits: dict[str, float] | None = None,
    console: dict[str, Any] | None = None,
    oids: dict[str, SnmpValue] | None = None,
    watch: Watch | None = None,
    **access: Snmp | Cli | Ssh | Postgres | Http | Sip | Icmp | Tcp | Oracle | Nut | WinSsh,
) -> Device:
    """A device; `access` by protocol, such as `snmp=snmp(port=1161)`."""
    unknown = access.keys() - ACCESS_KEYS
    if unknown:
        raise TypeError(f"no such protocol: {sorted(unknown)}")
    reached: dict[str, Any] = dict(access)
    return Device(
        name=name,
        kind=Kind(kind),
        site=site,
        address=address,
        title=title,
        traits=frozenset(Trait(trait) for trait in traits),
        access=Access(**reached),
        depends_on=depends_on,
        limits=tuple(sorted((limits or {}).items())),
        console=tuple(sorted((console or {}).items())),
        oids=tuple(sorted((oids or {}).items())),
        watch=watch or Watch(),
    )


def snmp(port: int = 1161, **more: Any) -> Snmp:  # noqa: ANN401
    """An SNMP access, 2c unless `version="3"` and `user` are given."""
    return Snmp(**{"port": port, "secret": "snmp", **more})


def cli(driver: str = "huawei_vrp", port: int = 1022, **more: Any) -> Cli:  # noqa: ANN401
    """A network console."""
    return Cli(**{"driver": driver, "port": port, "user": "inspect", "secret": "console", **more})


def ssh(port: int = 2022, **more: Any) -> Ssh:  # noqa: ANN401
    """A Linux host's shell, entered with a password."""
    return Ssh(**{"port": port, "user": "inspect", "secret": "host", **more})


def winssh(port: int = 2022, **more: Any) -> WinSsh:  # noqa: ANN401
    """A Windows host's PowerShell, entered with a password."""
    return WinSsh(**{"port": port, "user": "inspect", "secret": "host", **more})


def site(name: str = "site_primary", title: str = "主中心", seats: int = 60) -> Site:
    """A site."""
    return Site(name=name, title=title, seats=seats)


def person(
    name: str = "zhang",
    title: str = "张工",
    *,
    roles: tuple[Role | str, ...] = (Role.OPERATOR,),
    **more: Any,  # noqa: ANN401
) -> Person:
    """A person, an operator unless told otherwise."""
    return Person(name=name, title=title, roles=frozenset(Role(role) for role in roles), **more)


def estate(*devices: Device, people: tuple[Person, ...] = ()) -> Estate:
    """An estate of these devices, ordered by name, with the sites that they stand in."""
    names = sorted({one.site for one in devices} or {"site_primary"})
    return Estate(
        sites=tuple(site(name, title=name) for name in names),
        devices=tuple(sorted(devices, key=lambda one: one.name)),
        people=people,
    )
