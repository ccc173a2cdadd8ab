"""An agent that listens, the device of an estate that it is, and a look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collectors.readings import Reading, Unanswered
from collectors.session import ANSWER_LIMIT
from collectors.sources.snmp.port import Community, Peer, User
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Device, Kind, Watch
from lab.behaviour import Behaviour
from lab.embedded.snmp_agent import AgentData, AgentUser, SnmpAgent
from tests.collectors.practice import Remembered, means
from tests.inventory.builders import device, snmp

COMMUNITY = "practice"
AUTH_PHRASE = "authenticate-me"
PRIV_PHRASE = "keep-it-private"
SECRETS = {"v2c": COMMUNITY, "v3": f"{AUTH_PHRASE}\n{PRIV_PHRASE}"}
QUICK: dict[str, Any] = {"timeout_s": 0.3, "retries": 0}


@dataclass
class Served:
    """One agent and how it is asked."""

    agent: SnmpAgent
    device: Device
    answer_limit: int = ANSWER_LIMIT
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    async def visit(self, *questions: type[Reading]) -> Visit:
        """All questions in one session."""
        given = means(Path("unused"), answer_limit=self.answer_limit, secrets=self.secrets)
        visitor = Visitor({self.device.name: self.device}, given)
        return await visitor.visit(self.device.name, frozenset(questions), Remembered())

    async def ask(self, question: type[Reading]) -> Answer:
        """One question in a session of its own."""
        return (await self.visit(question)).answers[question]

    async def read(self, question: type[Reading]) -> Any:  # noqa: ANN401
        """The reading; an `Unanswered` fails the test with its reason."""
        answer = await self.ask(question)
        assert not isinstance(answer, Unanswered), answer.why.text("en")
        return answer

    def peer(self, **more: Any) -> Peer:  # noqa: ANN401
        """The same agent for an engine."""
        wanted = {"timeout_s": 0.5, "retries": 0, "credentials": Community(name=COMMUNITY)}
        return Peer(address="127.0.0.1", port=self.agent.port, **{**wanted, **more})


def user(**more: Any) -> User:  # noqa: ANN401
    """The user that `serving` knows."""
    known = {"name": "inspect", "auth": "sha", "priv": "aes"}
    phrases = {"auth_phrase": AUTH_PHRASE, "priv_phrase": PRIV_PHRASE}
    return User(**{**known, **phrases, **more})


@asynccontextmanager
async def serving(
    data: AgentData,
    *,
    name: str = "sw-core-1",
    kind: Kind = Kind.SWITCH,
    limits: dict[str, float] | None = None,
    ports: Iterable[str] = (),
    users: tuple[AgentUser, ...] = (),
    behaviour: Behaviour | None = None,
    **access: Any,  # noqa: ANN401
) -> AsyncIterator[Served]:
    """An agent on a port of its own; `access` goes into the device's SNMP access."""
    agent = SnmpAgent(data, behaviour, community=COMMUNITY, users=users, engine_name=name)
    await agent.start("127.0.0.1", 0)
    how = snmp(port=agent.port, **{"secret": "v2c", "timeout_s": 1.0, **access})
    watch = Watch(ports=tuple(ports))
    try:
        yield Served(agent, device(name, kind, limits=limits, watch=watch, snmp=how))
    finally:
        await agent.stop()


def v3_users() -> tuple[AgentUser, ...]:
    """One user per pair of protocols, named by it; `inspect` is sha and aes."""
    pairs = (("inspect", "sha", "aes"), ("md5-des", "md5", "des"), ("sha256-aes", "sha256", "aes"))
    return tuple(
        AgentUser(name=name, auth=auth, priv=priv, auth_phrase=AUTH_PHRASE, priv_phrase=PRIV_PHRASE)  # type: ignore[arg-type]
        for name, auth, priv in pairs
    )
