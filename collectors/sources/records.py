"""Lineguard's own record as a source: what was changed, and what was left half-done.

No device is asked. The evidence is what the record said, as it was at that moment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collectors.readings import Exchange, Reading, Trouble
from collectors.readings.passwords import LoginRecord, PasswordChanges, PasswordRecord
from collectors.session import Means, Notebook, unanswered
from collectors.visit import Answer, Memory
from inventory.logins import has_keys_only, password_logins
from inventory.model import Device
from phrases import say

PROTOCOL: Final = "records"


async def open_session(device: Device, means: Means, notebook: Notebook) -> RecordSession:
    """Nothing has to be opened."""
    return RecordSession(device, means)


@dataclass(frozen=True, slots=True)
class RecordSession:
    """The record of one device."""

    device: Device
    means: Means

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`."""
        at = self.means.clock()
        logins = [one.name for one in password_logins(self.device)]
        keys_only = has_keys_only(self.device)
        if self.means.passwords is None or not (logins or keys_only):
            return unanswered(
                self.device, at, Trouble.NOT_CONFIGURED,
                say("{device}: no login with a password is declared, so nobody knows whether its "
                    "password was changed; write “ssh”, “cli”, “postgres” or “oracle” under "
                    "“lineguard” in the estate", device=self.device.name),
            )  # fmt: skip
        record = self.means.passwords.of_device(self.device.name)
        known = {one.login: one for one in record.logins}
        told = tuple(known.get(name, LoginRecord(login=name)) for name in logins)
        return PasswordChanges(
            device=self.device.name,
            taken_at=at,
            exchanges=(_evidence(self.device.name, record.since, told, at),),
            since=record.since,
            logins=told,
            keys_only=keys_only,
        )

    async def close(self) -> None:
        """Nothing was opened."""


def _evidence(
    device: str, since: datetime | None, told: tuple[LoginRecord, ...], at: datetime
) -> Exchange:
    rows = [
        {
            "login": one.login,
            "done_at": _time(one.done_at),
            "open_stage": one.open_stage,
            "open_since": _time(one.open_since),
        }
        for one in told
    ]
    body = {"device": device, "since": _time(since), "logins": rows}
    return Exchange(
        protocol=PROTOCOL,
        asked=f"passwords of {device}",
        answer=json.dumps(body).encode(),
        at=at,
        duration_ms=0,
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


__all__ = ["PasswordRecord", "RecordSession", "open_session"]
