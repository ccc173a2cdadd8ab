"""What is typed next, by the state of an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.model import IncidentState
from lineguard.cli.standing import next_step
from tests.incidents.test_clocks import EVE
from tests.incidents.test_wording import RECORD


@pytest.mark.parametrize(
    ("state", "cause", "said"),
    [
        (IncidentState.OPEN, "item:x", "take it: lineguard incident ack 1"),
        (IncidentState.ACKNOWLEDGED, "item:x", "ends when it is seen to be well, or: "),
        (IncidentState.ON_HOLD, "reported:x", "when it is cured: lineguard incident resolve 1"),
        (IncidentState.RESOLVED, "item:x", "when it was looked at once more: "),
        (IncidentState.MERGED, "item:x", "see its cause: lineguard incident show 7"),
    ],
)
def test_each_state_says_what_is_typed_next(state: IncidentState, cause: str, said: str) -> None:
    record = replace(RECORD, state=state, cause=cause, resolved_at=EVE, merged_into=7)
    step = next_step(record)
    assert step is not None and step.text("en").startswith(said)


def test_a_closed_incident_has_no_next_step() -> None:
    assert next_step(replace(RECORD, state=IncidentState.CLOSED)) is None


@pytest.mark.parametrize(("minutes", "major"), [(60, False), (61, True)])
def test_a_major_fault_waits_for_its_analysis(minutes: int, major: bool) -> None:
    over = EVE + timedelta(minutes=minutes)
    record = replace(RECORD, state=IncidentState.RESOLVED, resolved_at=over)
    step = next_step(record)
    assert step is not None
    assert ("fault analysis" in step.text("en")) is major
    done = next_step(replace(record, analysis=3))
    assert done is not None and "incident close 1" in done.text("en")
