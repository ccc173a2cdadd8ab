"""How a peer misbehaves, apart from what it says: read at every answer, changed by faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Behaviour:
    """Mutable on purpose: a fault changes it while the peer runs.

    `silent`: as if it had died: datagrams get no answer, TCP stops listening (the port stays bound,
    so that nobody takes it) and open connections are dropped.
    `delay_s`: wait before each answer. `cut_after`: send only so many bytes of an answer, then
    stop (the connection stays open). `garbage`: send random bytes in place of an answer.
    `refuse_logins`: deny every login or community, as after a changed password.
    """

    silent: bool = False
    delay_s: float = 0.0
    cut_after: int | None = None
    garbage: bool = False
    refuse_logins: bool = False
