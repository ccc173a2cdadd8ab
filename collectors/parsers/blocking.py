"""Who blocks whom in a database: from the rows of its sessions to chains of blockers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from collectors.parsers.plain import plain
from collectors.readings import BlockedSession

T = TypeVar("T")

CHAIN_LIMIT: Final = 20
"""Sessions named in one chain of blockers."""
LONGEST_S: Final = 100 * 365 * 86_400.0
"""A century: beyond it lies nonsense, and what a `timedelta` cannot hold."""


@dataclass(frozen=True, slots=True)
class _SessionRow:
    """A session that waits, or that another waits for."""

    label: str
    user: str
    waiting_s: float
    blockers: tuple[int, ...]
    statement: str


def blocked_sessions(rows: Sequence[Sequence[Any]]) -> tuple[BlockedSession, ...]:
    """From rows of (pid, user, database, application, state, seconds waited, blocking pids,
    statement), of the sessions that wait and of those they wait for. Raises `TypeError` or
    `ValueError` for rows of another shape."""
    return tuple(_blocked(dict(_session(row) for row in rows)))


def _session(row: Sequence[Any]) -> tuple[int, _SessionRow]:
    pid, user, database, application, state, waiting_s, blockers, statement = row
    shown = plain(f"{typed(int, pid)} {user}@{database} {application} ({state})")
    return pid, _SessionRow(
        label=shown,
        user=plain(typed(str, user)),
        waiting_s=_sound(typed(float, waiting_s)),
        blockers=tuple(typed(int, one) for one in blockers),
        statement=plain(typed(str, statement)),
    )


def _sound(seconds: float) -> float:
    """A time that a session can have waited. Raises `ValueError`, for what is no number too."""
    if not seconds <= LONGEST_S:
        raise ValueError("nothing waits for so long")
    return seconds


def _blocked(sessions: Mapping[int, _SessionRow]) -> Iterator[BlockedSession]:
    for pid, session in sessions.items():
        if session.blockers:
            yield BlockedSession(
                session=session.label,
                user=session.user,
                waiting=timedelta(seconds=max(0.0, session.waiting_s)),
                blockers=tuple(_label(sessions, one) for one in _chain(sessions, pid)),
                statement=session.statement,
            )


def _chain(sessions: Mapping[int, _SessionRow], pid: int) -> list[int]:
    """Whom this session waits for, whom those wait for, and so on: nearest first."""
    chain: list[int] = []
    following = list(sessions[pid].blockers)
    while following and len(chain) < CHAIN_LIMIT:
        one = following.pop(0)
        if one != pid and one not in chain:
            chain.append(one)
            following += sessions[one].blockers if one in sessions else ()
    return chain


def _label(sessions: Mapping[int, _SessionRow], pid: int) -> str:
    """Pid 0 is a prepared transaction (PostgreSQL manual, pg_blocking_pids); a negative one is a
    session on another instance of the database (Oracle RAC)."""
    if pid == 0:
        return "prepared transaction"
    if pid < 0:
        return f"session {-pid} on another instance"
    return sessions[pid].label if pid in sessions else str(pid)


def typed(kind: type[T], value: object) -> T:
    """The value, if it is of the type that the query gives. Raises `TypeError`."""
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected")
    return value
