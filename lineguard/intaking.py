"""The intake as a service of the daemon: settings, `intake.yml` and estate put together."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collectors.intake.model import Receiver
from inventory.model import Kind
from lineguard import clock
from lineguard.intake_settings import Intake
from phrases import Phrase, say
from phrases.system import reason

if TYPE_CHECKING:
    from collectors.intake.backlog import Backlog
    from collectors.intake.datagrams import Datagrams
    from collectors.intake.decoding import Senders, Third
    from collectors.intake.streams import Streams
    from collectors.intake.tally import Tally
    from collectors.intake.web import Web
    from incidents.intake_flow import IntakeFlow
    from inventory.intake import Caller, IntakeSite
    from inventory.model import Estate
    from inventory.secrets import SecretStore
    from lineguard.wiring import Station

NAME: Final = "intake"
OUR_ENGINE: Final = b"\x80\x00\x00\x00\x05"
"""The beginning of our own engine ID (RFC 3411: the format 5 is octets of our choice)."""


class CannotListen(Exception):
    """A receiver of the settings cannot be opened."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


def set_up(settings: Intake) -> tuple[Receiver, ...]:
    """The receivers that the settings ask for."""
    return tuple(one for one in Receiver if getattr(settings, one.value))


def intakes(station: Station) -> tuple[Intaking, ...]:
    """The service, where the settings ask for any receiver."""
    return (Intaking(station),) if set_up(station.settings.intake) else ()


def sites_of(estate: Estate, device: str) -> frozenset[str]:
    """The sites whose alarms a network-management system looks after: its own, and every one that
    has none."""
    having = {one.site for one in estate.devices if one.kind is Kind.NMS}
    own = {one.site for one in estate.devices if one.name == device}
    return frozenset(own | ({one.name for one in estate.sites} - having))


@dataclass(frozen=True, slots=True)
class Intaking:
    """Listens and stores. Each start reads settings, `intake.yml` and estate anew."""

    station: Station

    @property
    def name(self) -> str:
        """As `Service`."""
        return NAME

    async def run(self, stop: asyncio.Event) -> None:
        """As `Service`. Raises `CannotListen`, `EstateError`, `SecretTrouble`, `StoreTrouble`."""
        from lineguard.wiring import Station

        desk = IntakePlan(Station(self.station.home))
        flow = await desk.open()
        await flow.run(stop)


@dataclass(frozen=True, slots=True)
class IntakePlan:
    """One start of it."""

    station: Station

    async def open(self) -> IntakeFlow:
        """The flow with every receiver open; none is left open when one cannot be."""
        from collectors.intake.backlog import Backlog

        backlog = Backlog()
        site = await asyncio.to_thread(self._site)
        flow = await asyncio.to_thread(self._flow, site, backlog)
        opened: list[Datagrams] = []
        others: list[Streams | Web] = []
        backlog.tally = self._tally()
        try:
            await self._listen(flow, site, opened, others)
        except BaseException:
            backlog.tally.close()
            for one in opened:
                one.opened.close()
            for other in others:
                await other.close()
            raise
        flow.datagrams, flow.others = tuple(opened), tuple(others)
        return flow

    def _site(self) -> IntakeSite:
        from inventory.intake import load_intake
        from inventory.problems import EstateError

        names = {one.name for one in self.station.estate.devices}
        site, problems = load_intake(self.station.home.intake, names)
        if problems:
            raise EstateError(problems)
        return site

    def _flow(self, site: IntakeSite, backlog: Backlog) -> IntakeFlow:
        from collectors.intake.decoding import Decoder
        from incidents.intake_desk import IntakeDesk
        from incidents.intake_flow import IntakeFlow
        from incidents.intake_joins import joins_of
        from incidents.intake_rules import Rules

        settings, estate = self.station.settings.intake, self.station.estate
        community = _Community(settings.community, self.station.secrets)
        senders = senders_of(estate, site)
        desk = IntakeDesk(
            store=self.station.store,
            incidents=self.station.incidents,
            rules=Rules(site.rules),
            senders=senders,
            sites={one.name: one.site for one in estate.devices},
            joins=joins_of(estate.devices, self.station.items),
        )
        self.station.sound_logbook()
        return IntakeFlow(
            backlog=backlog,
            decoder=Decoder(senders=senders, community=community, third=self._third(site)),
            desk=desk,
            clock=clock.now,
            receivers=set_up(settings),
            keep=timedelta(days=settings.keep_days),
            keep_messages=settings.keep_messages,
        )

    def _tally(self) -> Tally:
        from collectors.intake.tally import NAME as TALLY
        from collectors.intake.tally import Tally

        path = self.station.home.data / TALLY
        try:
            return Tally(path)
        except OSError as error:
            raise CannotListen(
                say("{file} cannot be written: {why}",
                    file=str(path), why=error.strerror or type(error).__name__)
            ) from None  # fmt: skip

    def _third(self, site: IntakeSite) -> Third | None:
        """pysnmp is loaded only where somebody speaks version 3."""
        if not site.users:
            return None
        from collectors.intake.usm import User, Usm

        users = []
        for one in site.users:
            auth, _, priv = self.station.secrets.secret(one.secret).partition("\n")
            users.append(
                User(name=one.name, auth=one.auth, priv=one.priv, auth_key=auth,
                     priv_key=priv or auth, engine=one.engine)
            )  # fmt: skip
        own = hashlib.sha256(str(self.station.home.root).encode()).digest()[:12]
        return Usm(users, OUR_ENGINE + own, clock.now())

    async def _listen(
        self,
        flow: IntakeFlow,
        site: IntakeSite,
        opened: list[Datagrams],
        others: list[Streams | Web],
    ) -> None:
        from collectors.intake.datagrams import Datagrams, listening
        from collectors.intake.streams import Streams
        from collectors.intake.web import Web

        settings, known = self.station.settings.intake, flow.desk.senders.known
        tls = self._tls(settings)
        for receiver in flow.receivers:
            host, port = _place(getattr(settings, receiver.value))
            try:
                if receiver in (Receiver.TRAPS, Receiver.SYSLOG):
                    one = listening(host, port)
                    opened.append(Datagrams(receiver, one, flow.backlog, known, clock.now))
                    continue
                if receiver is Receiver.WEB:
                    web = Web(flow.backlog, _Tokens(site.callers, self.station.secrets), clock.now)
                    others.append(web)
                    await web.start(host, port, tls)
                    continue
                streams = Streams(receiver, flow.backlog, known, clock.now)
                others.append(streams)
                secured = tls if receiver is Receiver.SYSLOG_TLS else None
                await streams.start(host, port, secured)
            except OSError as error:
                raise _cannot(receiver, getattr(settings, receiver.value), error) from None

    def _tls(self, settings: Intake) -> ssl.SSLContext | None:
        if not settings.tls_certificate:
            if settings.syslog_tls:
                raise CannotListen(
                    say("syslog over TLS needs a certificate; set “tls_certificate” and "
                        "“tls_key” under [intake] in lineguard.toml")
                )  # fmt: skip
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        key = self._path(settings.tls_key) if settings.tls_key else None
        try:
            context.load_cert_chain(self._path(settings.tls_certificate), key)
            if settings.tls_clients:
                context.load_verify_locations(self._path(settings.tls_clients))
                context.verify_mode = ssl.CERT_REQUIRED
        except OSError as error:
            raise CannotListen(
                say("the certificate {file} cannot be used: {why}",
                    file=settings.tls_certificate, why=reason(error))
            ) from None  # fmt: skip
        return context

    def _path(self, named: str) -> Path:
        return self.station.home.root / Path(named).expanduser()


def faults(station: Station) -> tuple[Phrase, ...]:
    """What is wrong with `intake.yml`, and which of its secrets cannot be had."""
    from inventory.intake import load_intake
    from inventory.secrets import SecretTrouble

    site, problems = load_intake(station.home.intake, {one.name for one in station.estate.devices})
    if problems:
        return tuple(one.sentence() for one in problems)
    named = [*(one.secret for one in site.callers), *(one.secret for one in site.users)]
    found: list[Phrase] = []
    for name in filter(None, (station.settings.intake.community, *named)):
        try:
            station.secrets.secret(name)
        except SecretTrouble as trouble:
            found.append(trouble.why)
    return tuple(found)


def senders_of(estate: Estate, site: IntakeSite) -> Senders:
    """Who is behind an address, by `intake.yml` and by the estate."""
    from collectors.intake.decoding import Senders

    addresses: dict[str, tuple[str, ...]] = {}
    for one in estate.devices:
        with suppress(ValueError):  # a name is not looked up: whoever answers it could be anybody
            shown = str(ip_address(one.address))
            addresses[shown] = (*addresses.get(shown, ()), one.name)
    return Senders(
        named=dict(site.sources),
        addresses=addresses,
        callers={one.name: one.device for one in site.callers},
        devices=frozenset(one.name for one in estate.devices),
    )


class _Tokens:
    """The token of each caller, read anew whenever it is asked for: secrets change."""

    def __init__(self, callers: Iterable[Caller], secrets: SecretStore) -> None:
        self._callers = tuple(callers)
        self._secrets = secrets

    def __call__(self) -> Mapping[str, str]:
        from inventory.secrets import SecretTrouble

        found: dict[str, str] = {}
        for one in self._callers:
            with suppress(SecretTrouble):
                found[one.name] = self._secrets.secret(one.secret)
        return found


class _Community:
    """The community of the settings, read anew for each batch; one that can be read no more stays
    as it was."""

    def __init__(self, name: str, secrets: SecretStore) -> None:
        self._name = name
        self._secrets = secrets
        self._known = secrets.secret(name).encode() if name else None

    def __call__(self) -> bytes | None:
        from inventory.secrets import SecretTrouble

        if self._name:
            with suppress(SecretTrouble):
                self._known = self._secrets.secret(self._name).encode()
        return self._known


def _place(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _cannot(receiver: Receiver, where: str, error: OSError) -> CannotListen:
    return CannotListen(
        say("the receiver {name} cannot listen on {where}: {why}",
            name=receiver.value, where=where, why=reason(error))
    )  # fmt: skip
