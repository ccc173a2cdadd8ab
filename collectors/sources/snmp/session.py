"""The SNMP session of one visit: questions in, readings out, and why not when there is none."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from statistics import fmean
from typing import Final

from collectors.readings import (
    FileSystems,
    HostLoad,
    MemoryUse,
    Modules,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Reachability,
    Reading,
    Temperatures,
    Trouble,
)
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.snmp import host, network, oids, room, storage, ups
from collectors.sources.snmp.agent import ROW_LIMIT, Agent, SiteGap
from collectors.sources.snmp.port import (
    Community,
    Denied,
    EngineError,
    EngineMaker,
    NoAnswer,
    Peer,
    TooLarge,
    User,
)
from collectors.visit import Answer, Memory
from inventory.model import Device, Snmp
from phrases import Phrase, say

ENGINE_SETTING: Final = "LINEGUARD_SNMP_ENGINE"
"""Environment: `gufo` or `pysnmp`. Unset: gufo where it is installed."""
ENGINES: Final[Mapping[str, str]] = {
    "gufo": "collectors.sources.snmp.engine_gufo",
    "pysnmp": "collectors.sources.snmp.engine_pysnmp",
}
PROBES: Final = 3
"""Requests that make up one look at reachability."""
PATIENCE: Final = 5
"""A whole question may take this many times what one request may."""

Reader = Callable[[Device, Agent], Awaitable[Reading | Phrase | SiteGap]]

READERS: Final[Mapping[type[Reading], Reader]] = {
    ProcessorLoad: network.processor_load,
    MemoryUse: network.memory_use,
    Temperatures: network.temperatures,
    Modules: network.modules,
    PowerAndFans: network.power_and_fans,
    Ports: network.ports,
    HostLoad: host.host_load,
    FileSystems: host.file_systems,
    **ups.READERS,
    **storage.READERS,
    **room.READERS,
}


async def open_session(device: Device, means: Means, notebook: Notebook) -> SnmpSession:
    """Nothing is sent yet: a device that is silent is found out by its first question. Raises
    `SessionFailed` when the secret is missing."""
    access = device.access.snmp
    assert access is not None  # noqa: S101  (the catalogue asks only devices that have it)
    return SnmpSession(device, _peer(device, access, means), means)


def engine_maker() -> EngineMaker:
    """The engine by setting, else the fastest that is installed. Raises `SessionFailed` for a
    setting that names none."""
    chosen = os.environ.get(ENGINE_SETTING) or ("gufo" if find_spec("gufo") else "pysnmp")
    if chosen not in ENGINES:
        why = say("{setting} names no SNMP engine: {engine}", setting=ENGINE_SETTING, engine=chosen)
        raise SessionFailed(Trouble.NOT_CONFIGURED, why)
    maker: EngineMaker = import_module(ENGINES[chosen]).connect
    return maker


class SnmpSession:
    """See `collectors.session.Session`. An agent that never answered is not asked again in the
    same visit, except to count its silence."""

    def __init__(self, device: Device, peer: Peer, means: Means) -> None:
        self._device = device
        self._peer = peer
        self._means = means
        self._engine = engine_maker()(peer)
        self._agent = Agent(device.name, self._engine, means)
        self._silent = False

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """One question, within `PATIENCE` times the time of a request."""
        self._agent.start_question()
        if question is Reachability:
            return await self._reachability()
        if self._silent:
            return self._unanswered(Trouble.UNREACHABLE, self._to_mend(self._no_answer()))
        limit_s = PATIENCE * self._peer.timeout_s * (self._peer.retries + 1)
        try:
            async with asyncio.timeout(limit_s):
                told = await READERS[question](self._device, self._agent)
        except EngineError as failure:
            return self._failed(failure)
        except TimeoutError:
            return self._unanswered(Trouble.TIMED_OUT, self._too_slow(limit_s))
        if isinstance(told, Phrase):
            return self._unanswered(Trouble.UNSUPPORTED, told)
        if isinstance(told, SiteGap):
            return self._unanswered(Trouble.NOT_CONFIGURED, told.why)
        return told

    async def close(self) -> None:
        """See `collectors.session.Session`."""
        await self._engine.close()

    async def _reachability(self) -> Answer:
        """Probes without a second try. What comes back and is no SNMP is no answer: where there
        is nothing else, the device counts as not understood."""
        trips: list[float] = []
        nonsense: EngineError | None = None
        for _ in range(PROBES):
            started = time.perf_counter()
            try:
                await self._agent.probe(oids.SYS_UP_TIME)
            except NoAnswer:
                continue
            except Denied as failure:
                return self._failed(failure)
            except EngineError as failure:
                nonsense = failure
                continue
            trips.append((time.perf_counter() - started) * 1000)
        if not trips and nonsense is not None:
            return self._failed(nonsense)
        return Reachability(
            protocol="snmp",
            sent=PROBES,
            answered=len(trips),
            round_trip_ms=round(fmean(trips), 1) if trips else None,
            **self._agent.stamp(),
        )

    def _failed(self, failure: EngineError) -> Answer:
        if isinstance(failure, NoAnswer) and not self._agent.heard:
            self._silent = True
            return self._unanswered(Trouble.UNREACHABLE, self._to_mend(self._no_answer()))
        if isinstance(failure, NoAnswer):
            return self._unanswered(Trouble.TIMED_OUT, self._too_slow(self._peer.timeout_s))
        if isinstance(failure, Denied):
            return self._unanswered(Trouble.REFUSED, self._to_mend(self._denied()))
        if isinstance(failure, TooLarge):
            return self._unanswered(Trouble.TOO_LARGE, self._too_large())
        return self._unanswered(Trouble.GARBLED, self._garbled())

    def _unanswered(self, trouble: Trouble, why: Phrase) -> Answer:
        stamp = self._agent.stamp()
        return unanswered(self._device, stamp["taken_at"], trouble, why, stamp["exchanges"])

    def _to_mend(self, why: Phrase) -> Phrase:
        access = self._device.access.snmp
        assert access is not None  # noqa: S101  (see `open_session`)
        return self._means.to_mend(why, self._device.name, access.secret)

    def _no_answer(self) -> Phrase:
        device, port = self._device.name, self._peer.port
        if isinstance(self._peer.credentials, Community):
            return say(
                "{device} does not answer SNMP on port {port}: it is silent, "
                "or it does not accept the community",
                device=device,
                port=port,
            )
        return say(
            "{device} does not answer SNMP on port {port}: it is silent, "
            "or it does not accept the keys of user {user}",
            device=device,
            port=port,
            user=self._peer.credentials.name,
        )

    def _denied(self) -> Phrase:
        who = self._peer.credentials
        user = who.name if isinstance(who, User) else "-"
        return say(
            "{device} refuses the SNMP user {user}: user name or keys are wrong",
            device=self._device.name,
            user=user,
        )

    def _too_slow(self, limit_s: float) -> Phrase:
        return say(
            "{device} answered SNMP, but not wholly within {limit:g} s",
            device=self._device.name,
            limit=limit_s,
        )

    def _too_large(self) -> Phrase:
        return say(
            "{device} offers more SNMP rows than the {limit} that are read",
            device=self._device.name,
            limit=ROW_LIMIT,
        )

    def _garbled(self) -> Phrase:
        return say(
            "{device} gives SNMP answers that cannot be understood", device=self._device.name
        )


def _peer(device: Device, access: Snmp, means: Means) -> Peer:
    try:
        secret = means.secrets.secret(access.secret)
    except KeyError:
        why = say(
            "{device}: there is no secret named {secret}",
            device=device.name,
            secret=access.secret,
        )
        raise SessionFailed(Trouble.NOT_CONFIGURED, why) from None
    return Peer(
        address=device.address,
        port=access.port,
        credentials=_credentials(access, secret),
        timeout_s=access.timeout_s,
        retries=access.retries,
    )


def _credentials(access: Snmp, secret: str) -> Community | User:
    """The secret of v3 is one pass phrase for both, or two on lines of their own."""
    if access.version == "2c":
        return Community(name=secret.strip())
    auth, _, priv = secret.strip().partition("\n")
    return User(
        name=access.user or "",
        auth=access.auth,
        priv=access.priv,
        auth_phrase=auth.strip(),
        priv_phrase=priv.strip() or auth.strip(),
    )
