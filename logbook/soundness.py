"""A cheap look before anybody adds to a logbook: is it plainly not the one that was left here?

It takes no walk along the chain: `logbook.verify` proves; this only stops a round, a watch or a
tick from working on, and ending well, on a logbook that was emptied, cut or exchanged. Nothing
heavy is imported, because `lineguard tick` asks every minute.
"""

from __future__ import annotations

from typing import Final

from phrases import Phrase, say

SOUND: Final = """
SELECT 1
FROM checkpoint
JOIN entry ON entry.seq = checkpoint.seq
WHERE checkpoint.seq = (SELECT max(seq) FROM checkpoint)
  AND replace(checkpoint.body, '"hash":"' || entry.hash || '"', '') <> checkpoint.body
  AND EXISTS (SELECT 1 FROM entry WHERE seq = 1)
  AND (SELECT max(seq) FROM entry) >= (
    SELECT max(named) FROM (
      SELECT max(start_entry) AS named FROM round_run
      UNION ALL SELECT max(end_entry) FROM round_run
      UNION ALL SELECT max(entry) FROM transition
      UNION ALL SELECT 1
    ) AS beside
  )
  AND NOT EXISTS (
    SELECT 1 FROM round_run
    WHERE outcome <> 'interrupted' AND end_entry NOT IN (SELECT seq FROM checkpoint)
  )
  AND NOT EXISTS (
    SELECT 1 FROM slot
    WHERE state = 'due'
      AND NOT EXISTS (SELECT 1 FROM entry WHERE seq = slot.plan_entry AND kind = 'plan')
  )
"""
"""One row when the newest checkpoint signs the entry that stands there, entry 1 is there, nothing
that rounds, incidents and due slots refer to lies behind the head, and every round that came to its
end was signed. No row otherwise."""


def damaged() -> Phrase:
    """The sentence when it is not sound."""
    return say("the logbook is damaged; lineguard log verify says where")
