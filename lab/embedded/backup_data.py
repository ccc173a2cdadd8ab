"""What pgBackRest tells on a practice host, and how it prints it (`info --output=json`, 2.4x)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(slots=True)
class StanzaBackup:
    """One backup, ended so long ago. `error`: pages of it had a wrong checksum."""

    kind: str
    ended: timedelta
    error: bool = False


def _backups() -> list[StanzaBackup]:
    hours = timedelta(hours=1)
    return [StanzaBackup("full", 78 * hours), StanzaBackup("incr", 30 * hours),
            StanzaBackup("incr", 6 * hours)]  # fmt: skip


@dataclass(slots=True)
class StanzaData:
    """A stanza in order, unless told otherwise."""

    name: str = "hotline"
    code: int = 0
    message: str = "ok"
    backups: list[StanzaBackup] = field(default_factory=_backups)


def info_answer(stanzas: list[StanzaData]) -> str:
    """One line of JSON, as `pgbackrest info --output=json` prints it."""
    now = datetime.now(UTC)
    return json.dumps([_stanza(one, now) for one in stanzas], separators=(",", ":"))


def _stanza(one: StanzaData, now: datetime) -> dict[str, Any]:
    return {
        "archive": [
            {"database": {"id": 1, "repo-key": 1}, "id": "15-1",
             "max": "0000000100000004000000A7", "min": "000000010000000400000011"},
        ],
        "backup": [_backup(backup, now) for backup in one.backups],
        "cipher": "none",
        "db": [{"id": 1, "repo-key": 1, "system-id": 7301234567890123456, "version": "15"}],
        "name": one.name,
        "repo": [{"cipher": "none", "key": 1,
                  "status": {"code": one.code, "message": one.message}}],
        "status": {
            "code": one.code,
            "lock": {"backup": {"held": False}},
            "message": one.message,
        },
    }  # fmt: skip


def _backup(one: StanzaBackup, now: datetime) -> dict[str, Any]:
    stop = now - one.ended
    label = f"{stop:%Y%m%d-%H%M%S}{'F' if one.kind == 'full' else 'I'}"
    return {
        "archive": {"start": "000000010000000400000011", "stop": "000000010000000400000012"},
        "backrest": {"format": 5, "version": "2.44"},
        "database": {"id": 1, "repo-key": 1},
        "error": one.error,
        "info": {"delta": 3_000_000, "repository": {"delta": 400_000}, "size": 30_000_000},
        "label": label,
        "prior": None,
        "reference": None,
        "timestamp": {"start": int(stop.timestamp()) - 240, "stop": int(stop.timestamp())},
        "type": one.kind,
    }
