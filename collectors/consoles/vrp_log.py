"""The log buffer as VRP prints it: `display logbuffer`, and what of it is new since the last look.

A record is `%%01IFNET/4/LINK_STATE(l)[n]:...`: version, module, severity (0 worst, 7 debugging),
mnemonic, type, a running number, text. The heading is that of Huawei's command references (VRP5,
VRP8); no recording of it is at hand. The number and the order differ between makes, so neither is
relied on: a line is known again by what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from collectors.consoles.shapes import Garbled, NotOffered
from collectors.parsers.plain import plain
from collectors.readings import LogEntry

TOPIC: Final = "logbuffer"
DIGEST_BYTES: Final = 6
"""Of a line, remembered: among some thousand lines two are mistaken for one once in 10^8 looks."""
QUOTED: Final = 300
TEXT_LIMIT: Final = 4_096

_STATE: Final = re.compile(
    r"^Logging buffer configuration and contents ?: ?(enabled|disabled)\.?$", re.IGNORECASE
)
_CURRENT: Final = re.compile(r"^Current messages ?: ?(\d{1,7})$", re.IGNORECASE)
_BEGINS: Final = re.compile(
    r"%?(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d{4}|\d{4}-\d{1,2}-\d{1,2}) {1,2}\d{2}:\d{2}:\d{2}"
)
"""A record begins with its time; a wrapped line is what does not."""
_RECORD: Final = re.compile(
    r"(?P<before>.{10,140}?%%\d{2}[A-Za-z0-9_-]{1,40}/(?P<severity>[0-7])/[A-Za-z0-9_]{1,80})"
    r"(?P<type>\([A-Za-z]{1,4}\))?(?:\[\d{1,10}\])?(?P<after>:.{0,4000}|;.{0,4000}|)"
)

Told = tuple[tuple[LogEntry, str], ...]
"""Each line with its digest."""


def log_buffer(lines: tuple[str, ...]) -> Told:
    """Every line that the buffer holds. Raises `Garbled` when that is not as many as the heading
    says, and `NotOffered` where the device keeps no buffer."""
    told = [line.strip() for line in lines]
    states = {found[1].lower() for line in told if (found := _STATE.match(line))}
    if states == {"disabled"}:
        raise NotOffered
    counts = [int(found[1]) for line in told if (found := _CURRENT.match(line))]
    if states != {"enabled"} or len(counts) != 1:
        raise Garbled
    heading = next(index for index, line in enumerate(told) if _CURRENT.match(line))
    records = tuple(_read(text) for text in _records(told[heading + 1 :]))
    if len(records) != counts[0]:
        raise Garbled
    return records


def _records(lines: Iterable[str]) -> list[str]:
    """Whole records: a line that does not begin with a time goes on with the one before."""
    texts: list[list[str]] = []
    for line in filter(None, lines):
        if _BEGINS.match(line):
            texts.append([line])
        elif texts:
            texts[-1].append(line)
        else:
            raise Garbled
    return ["".join(parts)[:TEXT_LIMIT] for parts in texts]


def _read(text: str) -> tuple[LogEntry, str]:
    found = _RECORD.fullmatch(text)
    if found is None:
        raise Garbled
    said = f"{found['before']}{found['type'] or ''}{found['after']}"
    digest = blake2b(said.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).hexdigest()
    return LogEntry(severity=int(found["severity"]), text=plain(said, QUOTED)), digest


def since(told: Told, remembered: str | None) -> tuple[Mapping[str, Any], str]:
    """The fields of a `DeviceLog`, and what is to be remembered: the digests of all lines.

    A gap: of all that was there at the last look nothing is left, so the buffer has run over (or
    was cleared), and nobody knows what else it held."""
    known = frozenset((remembered or "").split())
    seen = frozenset(digest for _, digest in told)
    return {
        "entries": tuple(entry for entry, digest in told if digest not in known),
        "first_look": remembered is None,
        "gap": bool(known) and known.isdisjoint(seen),
    }, " ".join(sorted(seen))
