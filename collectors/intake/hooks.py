"""What comes over HTTP: Alertmanager's webhook (its JSON of version 4) and a plain one of ours.

Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
Ours: `{"device": "db-1", "key": "backup", "severity": "warning", "text": "...", "state": "firing"}`
"""

from __future__ import annotations

import json
from typing import Any, Final

from collectors.intake.model import (
    FIELDS_LIMIT,
    NAME_LIMIT,
    RAW_LIMIT,
    Arrived,
    Garbage,
    Kind,
    Received,
)
from collectors.intake.words import tame

ALERTS: Final = "alertmanager"
PLAIN: Final = "plain"
MOST_ALERTS: Final = 500
"""Of one body; Alertmanager's `max_alerts` bounds it there."""
STATES: Final = {"firing": False, "resolved": True}
GRADES: Final = {
    "critical": 2, "page": 2, "emergency": 2, "fatal": 2, "error": 3, "major": 3,
    "warning": 4, "warn": 4, "minor": 4, "info": 6, "information": 6, "none": 6,
}  # fmt: skip
"""Words for how grave it is, as RFC 5424 numbers it; Prometheus leaves the words to its users."""
PLAIN_KEYS: Final = frozenset({"device", "key", "severity", "text", "state"})


def read_body(arrived: Arrived) -> tuple[Received, ...]:
    """The messages of one body. Raises `Garbage` unless all of it is what it should be."""
    try:
        body = json.loads(arrived.raw)
    except (ValueError, RecursionError):
        raise Garbage("no JSON") from None
    if not isinstance(body, dict):
        raise Garbage("no object")
    return _alerts(arrived, body) if arrived.form == ALERTS else (_plain(arrived, body),)


def _alerts(arrived: Arrived, body: dict[str, Any]) -> tuple[Received, ...]:
    alerts = body.get("alerts")
    if body.get("version") != "4" or not isinstance(alerts, list):
        raise Garbage("not version 4 of Alertmanager's webhook")
    if not 0 < len(alerts) <= MOST_ALERTS:
        raise Garbage("no alerts, or too many")
    return tuple(_alert(arrived, one) for one in alerts)


def _alert(arrived: Arrived, alert: object) -> Received:
    if not isinstance(alert, dict):
        raise Garbage("an alert that is no object")
    labels, notes = _texts(alert.get("labels")), _texts(alert.get("annotations", {}))
    name, mark = labels.get("alertname", ""), alert.get("fingerprint", "")
    if not name or not isinstance(mark, str):
        raise Garbage("an alert without a name")
    told = notes.get("summary") or notes.get("description") or name
    fields = {**labels, "fingerprint": tame(mark, NAME_LIMIT)}
    return Received(
        at=arrived.at,
        receiver=arrived.receiver,
        kind=Kind.ALERT,
        source=arrived.source,
        subject=name,
        text=tame(told),
        raw=_written(alert),
        severity=GRADES.get(labels.get("severity", "").lower()),
        host=labels.get("device") or _without_port(labels.get("instance", "")),
        fields=tuple(fields.items()),
        over=_state(alert.get("status")),
        caller=arrived.caller,
    )


def _written(alert: dict[str, Any]) -> bytes:
    """The alert alone, as it is kept. Writing takes more of the stack than reading took."""
    try:
        return json.dumps(alert, separators=(",", ":")).encode()[:RAW_LIMIT]
    except RecursionError:
        raise Garbage("nested too deeply") from None


def _plain(arrived: Arrived, body: dict[str, Any]) -> Received:
    if not body.keys() <= PLAIN_KEYS:
        raise Garbage("keys that are not known")
    said = _texts(body)
    severity = GRADES.get(said.get("severity", "warning").lower())
    if not said.get("key") or not said.get("text") or severity is None:
        raise Garbage("no key, no text, or no severity that is known")
    return Received(
        at=arrived.at,
        receiver=arrived.receiver,
        kind=Kind.HOOK,
        source=arrived.source,
        subject=said["key"],
        text=tame(body["text"]),
        raw=arrived.raw[:RAW_LIMIT],
        severity=severity,
        host=said.get("device", ""),
        over=_state(body.get("state", "firing")),
        caller=arrived.caller,
    )


def _state(word: object) -> bool:
    if not isinstance(word, str) or word not in STATES:
        raise Garbage("neither firing nor resolved")
    return STATES[word]


def _texts(found: object) -> dict[str, str]:
    """A flat object of texts, each of them tame."""
    if not isinstance(found, dict) or len(found) > FIELDS_LIMIT:
        raise Garbage("labels that are no object")
    if not all(isinstance(value, str) for value in found.values()):
        raise Garbage("labels that are no texts")
    return {tame(key, NAME_LIMIT): tame(value, NAME_LIMIT * 2) for key, value in found.items()}


def _without_port(instance: str) -> str:
    """The host of an `instance` label: `10.1.1.5:9100`, `[::1]:9100`, `db-1`."""
    if instance.startswith("["):
        return instance[1:].partition("]")[0]
    return instance.partition(":")[0] if instance.count(":") == 1 else instance
