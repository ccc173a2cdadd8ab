"""Do the tables that are asked every day still say what the logbook says?

`slot`, `round_run`, `incident`, `transition` and `password_change` are projections: every row
follows from entries, and every such entry has its row. The rules, which the writers of both keep:
- `plan` entry: `slots` names every slot it commits to, as `ITEM/DEVICE/PERIOD`. The row's
  `plan_entry` is that entry, and its other fields are the body's `every` (the letter of the
  period), `opens`, `closes` (for `busy_hour_items` the end of the last of `busy_hours`) and `sites`
  (the devices of each).
- `result` entry: `slot`, `state` and `slot_time`; exactly one per done slot, its `result_entry`,
  `result` and `done_at`. `missed` entry: the same for a missed slot, without a state.
- `round_started`, and `round_finished` or `round_interrupted`: the `start_entry` and `end_entry` of
  a `round_run`, with its times and its outcome.
- `incident` entry: one per row of `transition`, with the same `incident`, `from`, `to`, `actor`,
  `why` and time. Where its `change` is `opened`, the incident has its `cause`, `device`, `site`,
  `item` and `check` from it; `severity` and sentence (`finding`) are those of the last `opened`,
  `reopened` or `raised`, the state is the last `to`, `resolved_at` and `merged_into` come from the
  end, `owner`, `acknowledged_at` and `hold_until` from the last `acknowledged` or `held`,
  `closed_at` from `closed`.
- `silence`, `clock`, `page` and `override` entries: one for each `entry`, `end_entry`,
  `warned_entry`, `breached_entry` and `stop_entry` of the tables of these names, with the same
  fields. A clock's `due_at` and how far the delivery of a page is (`state`, `tries`, `tried_at`)
  are working data, and so is how a ticket was last seen (`state`, `going`, `owner`, `seen`,
  `looked_at`, `trouble`).
- `told` entry with a `channel`: one row of `attempt` for each of its `pages`, with its `channel`,
  `outcome`, `person` (that of the page) and time.
- `fault_analysis` entry: what `analysis` of an incident names, with its number as `incident`.
- `ticket` entry: one per row of `ticket`, with its `incident`, `key` and `ref`.
- `counted` entry: one per row of that table, with the same `counter`, `period`, `incident`,
  `opened_at`, `how` and `at`.
- `runbook`, `matter`, `handover` and `obligation` entries: one for each row of `runbook_step`,
  `matter`, `handover`, `handover_signature` and `obligation` and for the beginning of each
  `runbook_run`, with the same fields; a run stands as the last of its entries leaves it.
- `password` entry: one per step of a row of `password_change`, which has its `device`, `login`,
  `secret` and `how` from it; the first and last of them are `first_entry` and `last_entry`, with
  `began_at`, `updated_at` and the last `to` as `stage`.

Working data, which no entry tells of and nothing here proves: of `slot` the last fruitless look
(`attempted_at`, `attempt`; when the slot is missed, its entry says why), of `incident` how often
and when last it was seen (`findings`, `updated_at`, `calm_since`) and what it covers now
(`suppresses`); the tables `coverage`, `look`, `memory`, `heartbeat`, `suspect`, `ticket_task`,
`ticket_service`, `received`, `intake_count` and `intake_run` whole. Of these it is only asked
whether they are there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import Final

from sqlalchemy import Connection, select

from logbook import (
    duty_rows,
    incident_rows,
    password_rows,
    round_rows,
    runbook_rows,
    slot_rows,
)
from logbook.chain import Fault
from logbook.rows import Faults
from store.schema import (
    coverage,
    heartbeat,
    intake_count,
    intake_run,
    look,
    memory,
    received,
    suspect,
    ticket_service,
    ticket_task,
)

WORKING: Final = (
    coverage, look, memory, heartbeat, suspect, ticket_task, ticket_service, received,
    intake_count, intake_run,
)  # fmt: skip
LOOKS: Final[tuple[Callable[[Connection], Faults], ...]] = (
    slot_rows.planned,
    slot_rows.ended,
    slot_rows.unclaimed,
    round_rows.rounds,
    round_rows.unclaimed,
    incident_rows.transitions,
    incident_rows.unclaimed,
    incident_rows.incidents,
    incident_rows.unheard_of,
    incident_rows.analysed,
    password_rows.passwords,
    *duty_rows.LOOKS,
    *runbook_rows.LOOKS,
)


def first_disagreement(connection: Connection) -> Fault | None:
    """The first row that disagrees with the (already proven) entries, at the entry it names.
    Raises `StoreUnreadable` when a table is missing, whatever it holds."""
    for table in WORKING:
        connection.execute(select(table).limit(0))
    faults = [fault for compare in LOOKS for fault in _first(compare(connection))]
    return min(faults, key=lambda one: one.entry, default=None)


def _first(faults: Faults) -> list[Fault]:
    """The first fault, if any; the rows behind it are not fetched."""
    with closing(faults):
        return list(islice(faults, 1))
