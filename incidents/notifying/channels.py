"""The ways to people: one port, and Apprise behind it for WeCom, DingTalk, Feishu, mail, SMS
gateways and web hooks. A voice call is a channel of the same port; its SIP side comes with the
telephony.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from incidents.notifying.threads import StillUnderWay, alone
from phrases import Phrase, say

if TYPE_CHECKING:
    import apprise

    from incidents.notifying.robots import Errand

SEND_LIMIT_S: Final = 20.0
"""One attempt over one channel."""

SLOT: Final = re.compile(r"\{(address|secret:([A-Za-z0-9][A-Za-z0-9._-]{0,62}))\}")
"""What is put into a channel's URL when it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is said to one person. `key` is the same whenever the same message is sent again, so
    that a receiver can drop repeats; it stands in the text as well."""

    key: str
    title: str
    text: str
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A channel of the settings. `needs` are the devices that it leads through; `url` is an
    Apprise URL in which `{address}` stands for the person's and `{secret:NAME}` for a secret."""

    name: str
    url: str
    needs: tuple[str, ...] = ()


class NotSent(Exception):
    """The channel did not take it; trying again may help."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


class Sender(Protocol):
    """Sends one message over one way. Raises `NotSent`; returns when the other side took it."""

    async def send(self, way: Way, address: str, message: Message) -> None:
        """`address` is the person's on this way, as people.yml has it."""
        ...


class Secrets(Protocol):
    """Where values of secrets come from; `inventory.secrets` fulfils it."""

    def secret(self, name: str) -> str:
        """The value. Raises `KeyError`."""
        ...


@dataclass(frozen=True, slots=True)
class AppriseSender:
    """Every service that Apprise speaks. What it logs may hold URLs with secrets: it logs nothing
    here."""

    secrets: Secrets
    limit_s: float = SEND_LIMIT_S

    async def send(self, way: Way, address: str, message: Message) -> None:
        """One attempt. Apprise says only whether the service took it; robots say why not."""
        import apprise

        from incidents.notifying.robots import errand_of

        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        asset = apprise.AppriseAsset(
            app_id="Lineguard",
            app_desc="守线",
            async_mode=False,
            service_timeout=0,  # its pool of threads can be filled by those that never come back
            http_redirects=False,  # they lead elsewhere, such as to a login page that says 200
        )
        named, others = apprise.Apprise(asset=asset), apprise.Apprise(asset=asset)
        if not named.add(self._url(way, address)):
            raise NotSent(say("channel {channel}: its URL is none that Apprise knows",
                              channel=way.name))  # fmt: skip
        for service in named:
            errand = errand_of(service, message.title, message.text)
            if errand is None:
                others.add(service)
                continue
            await self._ask(errand, way, address)
        if len(others):
            await self._hand_over(others, way, address, message)

    async def _ask(self, errand: Errand, way: Way, address: str) -> None:
        """A robot. In a thread of its own: the name of its host may be looked up for long."""
        from incidents.notifying.robots import ask

        refusals: list[Phrase] = []

        def asked() -> bool:
            refusal = asyncio.run(ask(errand, self.limit_s))
            refusals.extend(() if refusal is None else (refusal,))
            return refusal is None

        if not await self._alone(way, address, asked):
            if not refusals:
                raise NotSent(_not_taken(way))
            raise NotSent(say("channel {channel}: {why}", channel=way.name, why=refusals[0]))

    async def _hand_over(
        self, services: apprise.Apprise, way: Way, address: str, message: Message
    ) -> None:
        """Apprise says only whether they took it, and may never come back."""
        import apprise

        kind = apprise.NotifyType.FAILURE if message.urgent else apprise.NotifyType.WARNING

        def notify() -> bool:
            # What is no markup must not be read as some: a mail would swallow "below <5".
            return bool(
                services.notify(
                    title=message.title, body=message.text, notify_type=kind,
                    body_format=apprise.NotifyFormat.TEXT,
                )
            )  # fmt: skip

        if not await self._alone(way, address, notify):
            raise NotSent(_not_taken(way))

    async def _alone(self, way: Way, address: str, work: Callable[[], bool]) -> bool:
        try:
            return await alone(f"{way.name} {address}", self.limit_s, work)
        except TimeoutError:
            raise NotSent(say("channel {channel}: no answer within {limit:g} s",
                              channel=way.name, limit=self.limit_s)) from None  # fmt: skip
        except StillUnderWay:
            raise NotSent(say("channel {channel}: an earlier message still waits for its answer",
                              channel=way.name)) from None  # fmt: skip

    def _url(self, way: Way, address: str) -> str:
        def value(name: str) -> str:
            try:
                return self.secrets.secret(name)
            except KeyError:
                raise NotSent(say("channel {channel}: there is no secret named {secret}",
                                  channel=way.name, secret=name)) from None  # fmt: skip

        return filled(way.url, address, value)


def _not_taken(way: Way) -> Phrase:
    return say("channel {channel}: the service did not take it", channel=way.name)


def filled(url: str, address: str, secret: Callable[[str], str]) -> str:
    """The URL with address and secrets in their places, quoted so that neither can change what
    the URL means. Raises `KeyError` for a secret that is not there."""

    def value(match: re.Match[str]) -> str:
        named = match.group(2)
        return quote(address if named is None else secret(named), safe="")

    return SLOT.sub(value, url)


@dataclass(frozen=True, slots=True)
class Ways:
    """The channels of a home in the order in which they are tried, and who is where on them."""

    ways: tuple[Way, ...]
    addresses: Mapping[str, Mapping[str, str]]
    """By person, then by channel."""

    def of(self, person: str) -> tuple[tuple[Way, str], ...]:
        """The channels on which that person can be reached, best first."""
        own = self.addresses.get(person, {})
        return tuple((way, own[way.name]) for way in self.ways if way.name in own)


def complaints(
    way: Way, devices: Collection[str], secret: Callable[[str], str]
) -> Iterator[Phrase]:
    """What is wrong with a channel as it stands in the settings; nothing is sent."""
    for needed in way.needs:
        if needed not in devices:
            yield say("channel {channel}: it needs {device}, which is no device of the estate",
                      channel=way.name, device=needed)  # fmt: skip
    for name in re.findall(r"\{([^{}]{0,80})\}", way.url):
        if not SLOT.fullmatch(f"{{{name}}}"):
            yield say(
                "channel {channel}: {slot} is neither an address nor a secret: {known}",
                channel=way.name, slot=f"{{{name}}}", known="{address}, {secret:NAME}",
            )  # fmt: skip
            return
    try:
        url = filled(way.url, "somebody", secret)
    except KeyError as missing:
        yield say("channel {channel}: {why}", channel=way.name, why=_said(missing))
        return
    if not _is_known(url):
        yield say("channel {channel}: its URL is none that Apprise knows", channel=way.name)


def _said(missing: KeyError) -> Phrase:
    told = getattr(missing, "why", None)
    return told if isinstance(told, Phrase) else say("a secret is missing")


def _is_known(url: str) -> bool:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return bool(apprise.Apprise().add(url))
