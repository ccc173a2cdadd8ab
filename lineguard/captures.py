"""Captured console sessions of a home: each is a recording, and a test that it reads as it did."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from phrases import Phrase, say

if TYPE_CHECKING:
    from collectors.consoles.capture import Capture
    from inventory.model import Device, Estate

FOLDER: Final = "captures"
ANSWER_LIMIT: Final = 200_000


@dataclass(frozen=True, slots=True)
class Captures:
    """The folder `captures/` of a home: one file for each device and topic."""

    folder: Path

    def keep(self, capture: Capture) -> Path:
        """Write it down, readable by the home's owner only; an older one is replaced whole."""
        file = self.folder / capture.device / f"{capture.topic}.json"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(_as_json(capture), out, ensure_ascii=False, indent=2)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        return file

    def all(self) -> Iterator[Capture | Phrase]:
        """Every capture, by device and topic; a sentence for a file that is none."""
        for file in sorted(self.folder.glob("*/*.json")):
            try:
                yield _capture(json.loads(file.read_text(encoding="utf-8")[: 2 * ANSWER_LIMIT]))
            except (OSError, ValueError, TypeError, KeyError):
                yield say("{file} is no capture: take it again", file=str(file))


def held_to(captures: Captures, device: Device) -> tuple[str, ...]:
    """The topics of the device that the estate asks and that a capture stands for."""
    from collectors.consoles.u1900 import question_of

    return tuple(
        one.topic
        for one in captures.all()
        if not isinstance(one, Phrase)
        and one.device == device.name
        and question_of(device, one.topic) is not None
    )


def differences(captures: Captures, estate: Estate) -> Iterator[Phrase]:
    """Where the estate's questions no longer find what was marked once."""
    from collectors.consoles.capture import NotFound
    from collectors.consoles.u1900 import question_of

    devices = {one.name: one for one in estate.devices}
    for one in captures.all():
        if isinstance(one, Phrase):
            yield one
            continue
        asked = question_of(devices[one.device], one.topic) if one.device in devices else None
        if asked is None:
            continue  # the device or the question left the estate
        try:
            found: tuple[str, ...] = one.found_now(asked)
        except NotFound:
            found = ()
        if found != one.values:
            yield say(
                "{device}: the question {topic} finds {found} in the captured answer, marked was "
                "{marked}",
                device=one.device, topic=one.topic, found=", ".join(found) or "-",
                marked=", ".join(one.values),
            )  # fmt: skip


def _as_json(one: Capture) -> dict[str, Any]:
    from collectors.consoles.capture import site_data

    return {
        "device": one.device,
        "topic": one.topic,
        "question": site_data(one.question),
        "answer": one.answer,
        "values": list(one.values),
    }


def _capture(document: dict[str, Any]) -> Capture:
    from collectors.consoles.capture import Capture
    from inventory.model import ConsoleQuestion

    return Capture(
        device=str(document["device"]),
        topic=str(document["topic"]),
        question=ConsoleQuestion(**document["question"]),
        answer=str(document["answer"]),
        values=tuple(str(one) for one in document["values"]),
    )
