"""From what arrived to what it says: which decoder, and whose device it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.intake.hooks import read_body
from collectors.intake.model import (
    Arrived,
    Decoded,
    Garbage,
    NotAccepted,
    Outcome,
    Received,
    Receiver,
)
from collectors.intake.syslog import read_line
from collectors.intake.traps import VERSION_3, read_trap, version_of


class Third(Protocol):
    """Whoever reads SNMPv3; `collectors.intake.usm.Usm`."""

    def read(self, arrived: Arrived) -> Decoded:
        """What came of one message. Raises `Garbage`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Who is behind an address. `named` is the site's word, `addresses` the estate's; `callers` the
    device that each caller of the web receiver means when it names none."""

    named: Mapping[str, str]
    addresses: Mapping[str, tuple[str, ...]]
    callers: Mapping[str, str | None]
    devices: frozenset[str]

    def known(self, address: str) -> bool:
        """Do we listen to it?"""
        return address in self.named or address in self.addresses

    def device(self, one: Received) -> str | None:
        """The device that a message is about; None when nobody can tell."""
        if one.receiver is Receiver.WEB:
            return self._meant(one.host) or self.callers.get(one.caller)
        named = self.named.get(one.source)
        if named is not None:
            return named
        among = self.addresses.get(one.source, ())
        if len(among) == 1:
            return among[0]
        return one.host if one.host in among else None

    def _meant(self, host: str) -> str | None:
        """A caller has proven who it is, so it is believed whom it speaks of."""
        if host in self.devices:
            return host
        named = self.named.get(host)
        among = self.addresses.get(host, ())
        return named or (among[0] if len(among) == 1 else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """Reads what arrived. `community` gives the one that is accepted, None for any; it is asked
    once for each batch."""

    senders: Senders
    community: Callable[[], bytes | None]
    third: Third | None = None

    def decode_all(self, batch: Sequence[Arrived]) -> list[tuple[Arrived, Decoded]]:
        """Each with what it turned out to be. Never raises for what was sent."""
        community = self.community()
        return [(one, self._safely(one, community)) for one in batch]

    def _safely(self, one: Arrived, community: bytes | None) -> Decoded:
        try:
            decoded = self._decode(one, community)
        except Garbage:
            return Decoded(Outcome.MALFORMED)
        except NotAccepted:
            return Decoded(Outcome.REFUSED)
        if any(self.senders.device(message) is None for message in decoded.messages):
            return Decoded(Outcome.UNKNOWN_SOURCE)
        return decoded

    def _decode(self, one: Arrived, community: bytes | None) -> Decoded:
        if one.receiver is Receiver.WEB:
            return Decoded(Outcome.STORED, read_body(one))
        if one.receiver is not Receiver.TRAPS:
            return Decoded(Outcome.STORED, (read_line(one),))
        if version_of(one.raw) == VERSION_3:
            if self.third is None:
                raise NotAccepted
            return self.third.read(one)
        message, reply = read_trap(one, community)
        return Decoded(Outcome.STORED, (message,), reply)
