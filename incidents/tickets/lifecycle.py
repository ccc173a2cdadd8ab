"""The life cycle of a hotline's work order, and how an incident's states stand in it. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from incidents.model import IncidentState


class TicketState(StrEnum):
    """The ten states of a 12345 work order, as the ticket services name them."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    REVIEWING = "reviewing"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    EXTENSION = "extension"
    RETURNED = "returned"
    RETURN_VISIT = "return-visit"
    CLOSED = "closed"
    REJECTED = "rejected"


_S = TicketState
STEPS: Final[Mapping[TicketState, tuple[TicketState, ...]]] = MappingProxyType(
    {
        _S.REGISTERED: (_S.ACCEPTED, _S.REVIEWING, _S.RETURNED, _S.REJECTED),
        _S.ACCEPTED: (_S.HANDLING, _S.REVIEWING, _S.DISPATCHED, _S.RETURNED, _S.REJECTED),
        _S.REVIEWING: (_S.ACCEPTED, _S.DISPATCHED, _S.REJECTED),
        _S.DISPATCHED: (_S.HANDLING, _S.RETURNED, _S.REJECTED),
        _S.HANDLING: (_S.EXTENSION, _S.RETURNED, _S.DISPATCHED, _S.REGISTERED, _S.REJECTED),
        _S.EXTENSION: (_S.HANDLING, _S.RETURNED, _S.REJECTED),
        _S.RETURNED: (_S.RETURN_VISIT, _S.HANDLING, _S.REGISTERED, _S.REJECTED),
        _S.RETURN_VISIT: (_S.CLOSED, _S.RETURNED, _S.HANDLING),
        _S.CLOSED: (_S.RETURNED,),
        _S.REJECTED: (_S.REGISTERED,),
    }
)
"""Where each state may go. The tracker's auditor and RT's lifecycle hold the same table; from
everywhere there is a way to everywhere, so that ticket and incident can always be made to agree."""

WANTED: Final[Mapping[IncidentState, TicketState]] = MappingProxyType(
    {
        IncidentState.OPEN: _S.REGISTERED,
        IncidentState.ACKNOWLEDGED: _S.HANDLING,
        IncidentState.ON_HOLD: _S.EXTENSION,
        IncidentState.RESOLVED: _S.RETURNED,
        IncidentState.CLOSED: _S.CLOSED,
        IncidentState.MERGED: _S.REJECTED,
    }
)
"""Where the ticket of an incident is put."""

MEANT: Final[Mapping[TicketState, IncidentState]] = MappingProxyType(
    {
        _S.REGISTERED: IncidentState.OPEN,
        _S.ACCEPTED: IncidentState.ACKNOWLEDGED,
        _S.REVIEWING: IncidentState.ACKNOWLEDGED,
        _S.DISPATCHED: IncidentState.ACKNOWLEDGED,
        _S.HANDLING: IncidentState.ACKNOWLEDGED,
        _S.EXTENSION: IncidentState.ON_HOLD,
        _S.RETURNED: IncidentState.RESOLVED,
        _S.RETURN_VISIT: IncidentState.RESOLVED,
        _S.CLOSED: IncidentState.CLOSED,
        _S.REJECTED: IncidentState.RESOLVED,
    }
)
"""What a person who puts the ticket there says of the incident."""

ENDED: Final = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.MERGED})


def agrees(ticket: TicketState, incident: IncidentState) -> bool:
    """Do both say the same? A rejected ticket is over, however its incident ended."""
    if ticket is TicketState.REJECTED:
        return incident in ENDED
    return MEANT[ticket] is incident


def way(start: TicketState, end: TicketState) -> tuple[TicketState, ...]:
    """The states to go through, the last of them `end`; the shortest way, none when it is there."""
    came: dict[TicketState, TicketState] = {}
    waiting = deque([start])
    while waiting and end not in (start, *came):
        here = waiting.popleft()
        for following in STEPS[here]:
            if following not in came and following is not start:
                came[following] = here
                waiting.append(following)
    found: list[TicketState] = []
    while end is not start:
        found.append(end)
        end = came[end]
    return tuple(reversed(found))
