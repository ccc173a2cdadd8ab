"""The proof: a fresh login with one password, over the same road that every look takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Final

from collectors.session import Means, Notebook, Secrets, SessionFailed
from inventory.logins import ENABLE, PasswordLogin
from inventory.model import Device
from phrases import Phrase, say

SOURCES: Final = {
    "ssh": "collectors.sources.host",
    "cli": "collectors.sources.netdev",
    ENABLE: "collectors.sources.netdev",
    "postgres": "collectors.sources.postgres",
    "oracle": "collectors.sources.oracle",
    "winssh": "collectors.sources.windows",
}


class Answer(StrEnum):
    """What the device said to a password."""

    LET_IN = "let_in"
    REFUSED = "refused"
    """The device itself did not take this password: not a line that broke, not a strange host
    key, not a console without a free line."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One login, and why it was not let in."""

    answer: Answer
    why: Phrase


@dataclass(frozen=True, slots=True)
class Instead:
    """The secrets, with one value in the place of what is kept under its name."""

    secrets: Secrets
    name: str
    value: str

    def secret(self, name: str) -> str:
        """The value. Raises `KeyError`."""
        return self.value if name == self.name else self.secrets.secret(name)

    def __repr__(self) -> str:
        return f"Instead({self.name!r})"


@dataclass(frozen=True, slots=True)
class Door:
    """Logs in and leaves at once. Nothing is asked."""

    means: Means

    async def attempt(self, device: Device, login: PasswordLogin, password: str) -> Attempt:
        """Never raises for what the device does."""
        if login.name not in SOURCES:
            return Attempt(answer=Answer.UNKNOWN, why=_no_way(login))
        means = Means(
            secrets=Instead(self.means.secrets, login.secret, password),
            known_hosts=self.means.known_hosts,
            clock=self.means.clock,
            answer_limit=self.means.answer_limit,
        )
        opener = import_module(SOURCES[login.name]).open_session
        try:
            session = await opener(device, means, Notebook(device))
        except SessionFailed as failure:
            return _refused(login, failure)
        await session.close()
        return Attempt(answer=Answer.LET_IN, why=say("{login}: logged in", login=login.shown))


def _refused(login: PasswordLogin, failure: SessionFailed) -> Attempt:
    meant = "enable_secret" if login.name == ENABLE else "secret"
    answer = Answer.REFUSED if failure.refused == meant else Answer.UNKNOWN
    if answer is Answer.UNKNOWN and failure.refused == "enable_secret":
        # The console let the first password in before it refused the second.
        answer = Answer.LET_IN
    return Attempt(answer=answer, why=failure.why)


def _no_way(login: PasswordLogin) -> Phrase:
    return say("{login}: Lineguard has no way to log in there yet", login=login.shown)
