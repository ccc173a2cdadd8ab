"""The section `[intake]` of `lineguard.toml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where `lineguard serve` listens, each as `HOST:PORT`; empty: not at all. `community` is the
    name of a secret: traps of version 1 and 2c with another are refused. With a certificate and
    its key, the web receiver speaks TLS; the TLS receiver of syslog needs them. `tls_clients`: the
    authorities whose clients alone are let in. `keep_days` and `keep_messages`: how
    long messages are kept, and how many at most."""

    traps: str = ""
    syslog: str = ""
    syslog_tcp: str = ""
    syslog_tls: str = ""
    web: str = ""
    community: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    tls_clients: str = ""
    keep_days: int = 30
    keep_messages: int = 2_000_000
