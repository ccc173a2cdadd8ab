"""Judges for the way to a device and to a data interface: M53 and M59."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings import InterfaceExchange, Reachability
from inventory.model import Device
from phrases import say

GOOD: Final = range(200, 300)
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far another machine's clock may be ahead before its times mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachLimits:
    """More loss than this, in percent, or a longer mean round trip is abnormal."""

    reach_loss_percent: float = 0.0
    reach_round_trip_ms: float = 200.0


def judge_reachability(reading: Reachability, limits: ReachLimits, device: Device) -> Verdict:
    """Silence first, then loss, then the round trip."""
    if not reading.answered or reading.round_trip_ms is None:
        return abnormal(
            say(
                "{device}: no answer to {sent} probes over {protocol}",
                device=device.name, sent=reading.sent, protocol=reading.protocol,
            ),
            severity=Severity.CRITICAL, measured=100.0, expected=_no_more(limits), unit="%",
        )  # fmt: skip
    loss = 100 * (1 - reading.answered / reading.sent)
    if loss > limits.reach_loss_percent:
        return abnormal(
            say(
                "{device}: {loss:.0f} % of {sent} probes lost over {protocol}, limit {limit:g} %",
                device=device.name, loss=loss, sent=reading.sent,
                protocol=reading.protocol, limit=limits.reach_loss_percent,
            ),
            measured=round(loss, 1), expected=_no_more(limits), unit="%",
        )  # fmt: skip
    verdict = abnormal if reading.round_trip_ms > limits.reach_round_trip_ms else normal
    return verdict(
        say(
            "{device}: answers over {protocol} in {trip:.1f} ms, limit {limit:g} ms",
            device=device.name, protocol=reading.protocol,
            trip=reading.round_trip_ms, limit=limits.reach_round_trip_ms,
        ),
        measured=reading.round_trip_ms, expected=f"<= {limits.reach_round_trip_ms:g}", unit="ms",
    )  # fmt: skip


def _no_more(limits: ReachLimits) -> str:
    return f"<= {limits.reach_loss_percent:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLimits:
    """Collected data within 2 hours (the contract, M59); `exchange_backlog` is the operator's
    value: so many waiting records or more are too many."""

    exchange_hours: float = 2.0
    exchange_backlog: float = 1_000.0


def judge_exchange(reading: InterfaceExchange, limits: ExchangeLimits, device: Device) -> Verdict:
    """It answers, it exchanged recently, and its queue is short."""
    if reading.status not in GOOD:
        return abnormal(
            say(
                "{device}: the interface answers with HTTP status {status}",
                device=device.name, status=reading.status,
            ),
            severity=Severity.CRITICAL, measured=reading.status, expected="2xx",
        )  # fmt: skip
    if reading.last_exchange is None or reading.backlog is None:
        return unknown(
            say("{device}: the interface does not say its last exchange", device=device.name)
        )
    age = reading.taken_at - reading.last_exchange
    if age < -CLOCKS_APART:
        return unknown(
            say("{device}: the interface's last exchange lies in the future", device=device.name)
        )
    hours = max(age, timedelta()) / timedelta(hours=1)
    return _fresh_and_short(hours, reading.backlog, limits, device)


def _fresh_and_short(hours: float, backlog: int, limits: ExchangeLimits, device: Device) -> Verdict:
    if hours > limits.exchange_hours:
        return abnormal(
            say(
                "{device}: last exchange {hours:.1f} h ago, limit {limit:g} h",
                device=device.name, hours=hours, limit=limits.exchange_hours,
            ),
            measured=round(hours, 3), expected=f"<= {limits.exchange_hours:g}", unit="h",
        )  # fmt: skip
    if backlog >= limits.exchange_backlog:
        return abnormal(
            say(
                "{device}: {backlog} records wait, limit {limit:g}",
                device=device.name, backlog=backlog, limit=limits.exchange_backlog,
            ),
            measured=backlog, expected=f"< {limits.exchange_backlog:g}",
        )  # fmt: skip
    return normal(
        say(
            "{device}: last exchange {hours:.1f} h ago, {backlog} records wait",
            device=device.name, hours=hours, backlog=backlog,
        ),
        measured=round(hours, 3), expected=f"<= {limits.exchange_hours:g}", unit="h",
    )  # fmt: skip


REACHABILITY: Final = Check(
    name="reachability", reads=Reachability, judge=judge_reachability, limits=ReachLimits()
)
EXCHANGE: Final = Check(
    name="exchange", reads=InterfaceExchange, judge=judge_exchange, limits=ExchangeLimits()
)
