"""The services of each practice device: which server answers, from which healthy data.

A new protocol is one function and one line in `BUILDERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collectors.session import Secrets
from inventory.model import Device
from lab.behaviour import Behaviour
from lab.embedded.application_peers import asr_peer, cti_peer, sms_peer, tts_peer
from lab.embedded.healthy import (
    first_logs,
    healthy_agent,
    healthy_console,
    healthy_gateway,
    healthy_host,
)
from lab.embedded.hostkeys import ensure_host_key
from lab.embedded.http_service import HttpService, InterfaceData
from lab.embedded.linux_host import LinuxHost
from lab.embedded.linux_services import SERVICE_PORT
from lab.embedded.nut_server import NutData, NutServer
from lab.embedded.oracle.data import OracleData
from lab.embedded.oracle.listener import OracleListener, Terms
from lab.embedded.practice_database import DatabaseState, PracticeDatabase
from lab.embedded.reference_point import ReferencePoint
from lab.embedded.sip_service import SipData, SipService
from lab.embedded.snmp_agent import AgentUser, SnmpAgent
from lab.embedded.u1900_console import U1900Console
from lab.embedded.vrp_console import VrpConsole
from lab.embedded.windows_data import WindowsData
from lab.embedded.windows_host import WindowsHost
from lab.world import Peer

HOTLINE_DUMP: Final = "hotline.dump"
"""In the folder of the practice databases: what a nightly pg_dump would have left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMeans:
    """What the peers need beside the estate: secrets, a folder of host keys, and one for data."""

    secrets: Secrets
    host_keys: Path
    data: Path


def peers_of(device: Device, means: SiteMeans) -> dict[str, Peer]:
    """A device's services by protocol, healthy and not yet started. Raises `KeyError` for a
    secret that is not there."""
    spoken = {
        protocol: build(device, means)
        for protocol, build in BUILDERS.items()
        if getattr(device.access, protocol) is not None
    }
    return spoken | _service_ports(device)


def _service_ports(device: Device) -> dict[str, Peer]:
    """The ports of watched services that take a connection."""
    ports = [one.connect.port for one in device.watch.services if one.connect is not None]
    return {f"{SERVICE_PORT} {port}": _service_port(port) for port in ports}


def _service_port(port: int) -> Peer:
    behaviour = Behaviour()
    return Peer(protocol="tcp", port=port, server=ReferencePoint(behaviour), behaviour=behaviour)


def _ssh(device: Device, means: SiteMeans) -> Peer:
    access = device.access.ssh
    assert access is not None  # noqa: S101  (peers_of asks only for what is configured)
    dump = means.data / HOTLINE_DUMP
    behaviour, data = Behaviour(), healthy_host(device, dump)
    server = LinuxHost(
        host_key=ensure_host_key(means.host_keys, device.name),
        user=access.user,
        password=means.secrets.secret(access.secret or ""),
        data=data,
        logs=first_logs(device),
        status_file=device.status_file,
        keeps_calls=device.keeps_calls,
        behaviour=behaviour,
    )
    return Peer(
        protocol="ssh",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=lambda: healthy_host(device, dump),
    )


def _winssh(device: Device, means: SiteMeans) -> Peer:
    access = device.access.winssh
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), WindowsData()
    server = WindowsHost(
        host_key=ensure_host_key(means.host_keys, device.name),
        user=access.user,
        password=means.secrets.secret(access.secret or ""),
        windows=data,
        behaviour=behaviour,
    )
    return Peer(
        protocol="winssh",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=WindowsData,
    )


def _cli(device: Device, means: SiteMeans) -> Peer:
    access = device.access.cli
    assert access is not None  # noqa: S101  (as above)
    if access.driver == "huawei_u1900":
        return _gateway_console(device, means)
    behaviour, data = Behaviour(), healthy_console(device)
    server = VrpConsole(
        host_key=ensure_host_key(means.host_keys, device.name),
        user=access.user,
        password=means.secrets.secret(access.secret),
        data=data,
        behaviour=behaviour,
    )
    return Peer(
        protocol="cli",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=lambda: healthy_console(device),
    )


def _gateway_console(device: Device, means: SiteMeans) -> Peer:
    access = device.access.cli
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), healthy_gateway(device)
    server = U1900Console(
        host_key=ensure_host_key(means.host_keys, device.name),
        user=access.user,
        password=means.secrets.secret(access.secret),
        enable_password=means.secrets.secret(access.enable_secret or ""),
        data=data,
        behaviour=behaviour,
    )
    return Peer(
        protocol="cli",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=lambda: healthy_gateway(device),
    )


def _snmp(device: Device, means: SiteMeans) -> Peer:
    access = device.access.snmp
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), healthy_agent(device)
    secret = means.secrets.secret(access.secret)
    auth, _, priv = secret.partition("\n")
    user = AgentUser(
        name=access.user or "",
        auth=access.auth,
        priv=access.priv,
        auth_phrase=auth,
        priv_phrase=priv or auth,
    )
    server = SnmpAgent(
        data,
        behaviour,
        community=secret if access.version == "2c" else None,
        users=(user,) if access.version == "3" else (),
        engine_name=device.name,
    )
    return Peer(
        protocol="snmp",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=lambda: healthy_agent(device),
    )


def _postgres(device: Device, means: SiteMeans) -> Peer:
    access = device.access.postgres
    assert access is not None  # noqa: S101  (as above)
    behaviour, state = Behaviour(), DatabaseState()
    server = PracticeDatabase(
        folder=means.data / device.name,
        monitor_password=lambda: means.secrets.secret(access.secret),
        dump=means.data / HOTLINE_DUMP,
        state=state,
        behaviour=behaviour,
    )
    return Peer(
        protocol="postgres",
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=state,
        healthy=DatabaseState,
    )


def _oracle(device: Device, means: SiteMeans) -> Peer:
    access = device.access.oracle
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), OracleData()
    terms = Terms(access.user, means.secrets.secret(access.secret), access.service)
    return Peer(
        protocol="oracle",
        port=access.port,
        server=OracleListener(terms, data, behaviour),
        behaviour=behaviour,
        data=data,
        healthy=OracleData,
    )


def _nut(device: Device, means: SiteMeans) -> Peer:
    access = device.access.nut
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), NutData()
    secret = means.secrets.secret(access.secret) if access.secret is not None else ""
    login = (access.user, secret) if access.user is not None else None
    return Peer(
        protocol="nut",
        port=access.port,
        server=NutServer(access.ups, data, behaviour, login=login),
        behaviour=behaviour,
        data=data,
        healthy=NutData,
    )


def _http(device: Device, means: SiteMeans) -> Peer:
    access = device.access.http
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), InterfaceData()
    token = means.secrets.secret(access.secret) if access.secret is not None else None
    return Peer(
        protocol="http",
        port=access.port,
        server=HttpService(data, behaviour, token=token),
        behaviour=behaviour,
        data=data,
        healthy=InterfaceData,
    )


def _sip(device: Device, _: SiteMeans) -> Peer:
    access = device.access.sip
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), SipData()
    return Peer(
        protocol="sip",
        port=access.port,
        server=SipService(data, behaviour),
        behaviour=behaviour,
        data=data,
        healthy=SipData,
    )


BUILDERS: Final[Mapping[str, Callable[[Device, SiteMeans], Peer]]] = {
    "ssh": _ssh,
    "winssh": _winssh,
    "cli": _cli,
    "snmp": _snmp,
    "oracle": _oracle,
    "postgres": _postgres,
    "nut": _nut,
    "http": _http,
    "sip": _sip,
    "tts": lambda device, means: tts_peer(device, means.secrets),
    "asr": lambda device, means: asr_peer(device, means.secrets),
    "sms": lambda device, means: sms_peer(device, means.secrets),
    "cti": lambda device, means: cti_peer(device, means.secrets),
}
