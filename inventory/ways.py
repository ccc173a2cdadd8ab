"""How a device can be asked: one frozen type for each protocol. `secret` is always a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inventory.applications import Asr, Cti, Sms, Tts


@dataclass(frozen=True, slots=True, kw_only=True)
class Snmp:
    """`version` 2c: the secret is the community. Version 3 is authPriv; the secret holds both
    pass phrases, parted by a newline, or one that serves for both."""

    port: int = 161
    version: Literal["2c", "3"] = "2c"
    user: str | None = None
    auth: Literal["md5", "sha", "sha256"] = "sha"
    priv: Literal["des", "aes"] = "aes"
    secret: str
    timeout_s: float = 2.0
    retries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cli:
    """A network console over SSH. `driver` is huawei_vrp, huawei_vrpv8 or huawei_u1900."""

    driver: str
    port: int = 22
    user: str
    secret: str
    enable_secret: str | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssh:
    """A Linux host's shell. With `key_file`, the secret is its pass phrase (or absent)."""

    port: int = 22
    user: str
    secret: str | None = None
    key_file: str | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WinSsh:
    """A Windows host's OpenSSH server, which is asked with PowerShell. Credentials as for `Ssh`;
    the time limit is longer because PowerShell alone takes seconds to start."""

    port: int = 22
    user: str
    secret: str | None = None
    key_file: str | None = None
    timeout_s: float = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A PostgreSQL server, asked as a role with pg_monitor."""

    port: int = 5432
    user: str
    secret: str
    database: str = "postgres"
    tls: bool = False
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """An Oracle database, 12.1 or newer, asked in the driver's thin mode as a login with the
    grants of `collectors/sources/oracle_grants.sql`. `service` is the listener's service name."""

    port: int = 1521
    user: str
    secret: str
    service: str
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """A page that proves a service. `path` is asked with GET, nothing else is ever sent."""

    port: int = 80
    path: str = "/"
    tls: bool = False
    secret: str | None = None
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sip:
    """A SIP endpoint that answers OPTIONS."""

    port: int = 5060
    transport: Literal["udp", "tcp"] = "udp"
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Icmp:
    """Reachability by echo request."""

    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcp:
    """Reachability by opening one TCP connection."""

    port: int
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nut:
    """A UPS as a server of Network UPS Tools (upsd) tells of it. `ups` is its name there;
    `user` and `secret` are only for servers that ask for them."""

    ups: str
    port: int = 3493
    user: str | None = None
    secret: str | None = None
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a device can be asked: at most one of each protocol."""

    cli: Cli | None = None
    snmp: Snmp | None = None
    ssh: Ssh | None = None
    postgres: Postgres | None = None
    http: Http | None = None
    sip: Sip | None = None
    icmp: Icmp | None = None
    tcp: Tcp | None = None
    oracle: Oracle | None = None
    nut: Nut | None = None
    winssh: WinSsh | None = None
    tts: Tts | None = None
    asr: Asr | None = None
    sms: Sms | None = None
    cti: Cti | None = None
