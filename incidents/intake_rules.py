"""What a message means: the site's rules, then the built-in ones. Pure.

Built in are the standard traps of RFC 3418, the UPS traps of RFC 1628, the alarms of Huawei's VRP,
link states by log, and, for logs without a rule, their own severity. What a rule grades as `info`
is stored and makes no incident.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

from checks.verdict import Severity
from collectors.intake.model import Kind, Received
from collectors.parsers.plain import WORDS_LIMIT
from incidents.clocks import UPS_CHECK
from inventory.intake import IntakeRule
from phrases import Phrase, say, verbatim

KEY_LIMIT: Final = 100
"""Characters of a key: with the name of its device it has to fit an incident's cause (200)."""
EVENT_QUIET_MIN: Final = 60
"""Minutes after which an event that nothing ends, and that did not come again, is over."""
ITEMS: Final = {
    Kind.TRAP: "M54", Kind.SYSLOG: "M55", Kind.ALERT: "M55", Kind.HOOK: "M55",
}  # fmt: skip
"""K 6.1: M54 is what the network-management system is told, M55 what comes from anywhere else."""

PORTS, BOARDS, SUPPLY = "ports", "boards", "supply"
"""What built-in rules speak of that checks look at too."""

STANDARD: Final = "1.3.6.1.6.3.1.1.5"
UPS: Final = "1.3.6.1.2.1.33.2"
HUAWEI: Final = "1.3.6.1.4.1.2011"
ENTITY_NAME: Final = "1.3.6.1.2.1.47.1.1.1.1.7"
"""entPhysicalName of ENTITY-MIB (RFC 6933)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one message says: how grave it is, and of which alarm it is the beginning or the end.
    Without a key it is of none."""

    rule: str
    severity: Severity
    key: str = ""
    over: bool = False
    quiet_min: int | None = None
    item: str = "M55"
    joins: str = ""
    """The built-in rules that speak of what a check of the schedule looks at as well say so here
    (`incidents.intake_joins`), and of which part."""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A built-in rule. `alarm` is the first part of the key, `key` gives the rest of it."""

    name: str
    severity: Severity = Severity.WARNING
    alarm: str = ""
    key: Callable[[Received], str] = lambda _one: ""
    over: bool = False
    quiet_min: int | None = None
    grade: Callable[[Received], Severity] | None = None
    joins: str = ""

    def meaning(self, one: Received) -> Meaning:
        """What it says of that message."""
        part = self.key(one)
        return Meaning(
            rule=self.name,
            severity=self.grade(one) if self.grade else self.severity,
            key=_key(self.alarm or self.name, part),
            joins=self.joins,
            part=part,
            over=self.over,
            quiet_min=self.quiet_min,
            item=ITEMS[one.kind],
        )


def _port(one: Received) -> str:
    """The interface by its name where the trap tells it (VRP's does), else by its index."""
    told = dict(one.fields)
    return told.get("ifName") or told.get("ifDescr") or told.get("ifIndex", "")


def _link_grade(one: Received) -> Severity:
    """A port that somebody shut down is no fault (ifAdminStatus 2, RFC 2863)."""
    return Severity.INFO if dict(one.fields).get("ifAdminStatus") == "2" else Severity.WARNING


def _first_value(one: Received) -> str:
    return one.fields[0][1] if one.fields else ""


def _part(one: Received) -> str:
    """The name of the part that a trap is about: what begins and what ends an alarm have it."""
    return _field(dict(one.fields), ENTITY_NAME)


TRAPS: Final[Mapping[str, Rule]] = {
    f"{STANDARD}.1": Rule(name="coldStart", quiet_min=EVENT_QUIET_MIN),
    f"{STANDARD}.2": Rule(name="warmStart", quiet_min=EVENT_QUIET_MIN),
    f"{STANDARD}.3": Rule(
        name="linkDown", alarm="link", key=_port, grade=_link_grade, joins=PORTS
    ),
    f"{STANDARD}.4": Rule(name="linkUp", alarm="link", key=_port, over=True, joins=PORTS),
    f"{STANDARD}.5": Rule(name="authenticationFailure", quiet_min=EVENT_QUIET_MIN),
    f"{STANDARD}.6": Rule(name="egpNeighborLoss", quiet_min=EVENT_QUIET_MIN),
    f"{UPS}.1": Rule(name=UPS_CHECK, severity=Severity.CRITICAL, quiet_min=5, joins=SUPPLY),
    f"{UPS}.2": Rule(name="upsTrapTestCompleted", severity=Severity.INFO),
    f"{UPS}.3": Rule(name="upsTrapAlarmEntryAdded", alarm="ups", key=_first_value),
    f"{UPS}.4": Rule(name="upsTrapAlarmEntryRemoved", alarm="ups", key=_first_value, over=True),
    f"{HUAWEI}.5.25.219.2.2.3": Rule(
        name="hwBoardFail", severity=Severity.CRITICAL, alarm="hwBoardFail", key=_part,
        joins=BOARDS,
    ),
    f"{HUAWEI}.5.25.219.2.2.4": Rule(
        name="hwBoardFailResume", alarm="hwBoardFail", key=_part, over=True, joins=BOARDS
    ),
}  # fmt: skip
"""RFC 3418 and 2863; RFC 1628 5.3 (upsTrapOnBattery comes again every minute while it lasts);
HUAWEI-ENTITY-TRAP-MIB. Other pairs of a vendor's alarms are rules of the site."""

HW_SEVERITY: Final = "hwBaseTrapSeverity"
HW_CLEARED: Final = "1"
HW_GRADES: Final = {
    "2": Severity.WARNING, "3": Severity.CRITICAL, "4": Severity.WARNING, "5": Severity.WARNING,
    "6": Severity.WARNING,
}  # fmt: skip
"""ItuPerceivedSeverity (RFC 3877): cleared, indeterminate, critical, major, minor, warning."""

LINK: Final = re.compile(
    r"(?:on the interface |Interface )([\w./:-]{1,60}) "
    r"has (?:entered the|turned into) (UP|DOWN)\b"
)
"""VRP: IFNET/4/LINK_STATE and IFNET/4/IF_STATE."""
LINK_SUBJECTS: Final = frozenset({"IFNET/LINK_STATE", "IFNET/IF_STATE"})
DOWN: Final = "DOWN"


class Rules:
    """The rules of one site, made ready."""

    def __init__(self, own: Iterable[IntakeRule] = ()) -> None:
        self._own = tuple(_Own(one) for one in own)

    def meaning(self, one: Received, device: str) -> Meaning:
        """What the message says of that device."""
        for rule in self._own:
            if rule.fits(one, device):
                return rule.meaning(one)
        match one.kind:
            case Kind.TRAP:
                rule_of = TRAPS.get(one.subject)
                return rule_of.meaning(one) if rule_of else _other_trap(one)
            case Kind.SYSLOG:
                return _log(one)
            case _:
                return _alert(one)


class _Own:
    """One rule of the site."""

    def __init__(self, rule: IntakeRule) -> None:
        self._rule = rule
        self._subject = re.compile(translate(rule.subject))
        self._device = re.compile(translate(rule.device))

    def fits(self, one: Received, device: str) -> bool:
        rule = self._rule
        return (
            (rule.kind is None or rule.kind == one.kind)
            and self._subject.match(one.subject) is not None
            and rule.contains in one.text
            and self._device.match(device) is not None
        )

    def meaning(self, one: Received) -> Meaning:
        rule = self._rule
        fields = dict(one.fields)
        values = [_field(fields, name) for name in rule.key]
        return Meaning(
            rule=rule.name,
            severity=Severity(rule.severity),
            key=_key(rule.alarm or rule.name, ",".join(values)),
            over=rule.over or one.over,
            quiet_min=rule.quiet_min,
            item=ITEMS[one.kind],
        )


def _field(fields: Mapping[str, str], name: str) -> str:
    """By its whole name; a column's OID stands for its one instance in the trap."""
    if name in fields:
        return fields[name]
    return next((value for key, value in fields.items() if key.startswith(f"{name}.")), "")


def _other_trap(one: Received) -> Meaning:
    """A trap without a rule is stored; one of Huawei's that grades itself is taken at its word."""
    grade = dict(one.fields).get(HW_SEVERITY)
    if grade is None or not one.subject.startswith(f"{HUAWEI}."):
        return _only_stored(one)
    return Meaning(
        rule="hwAlarm", severity=HW_GRADES.get(grade, Severity.INFO), item=ITEMS[one.kind],
        key=_key(f"hwAlarm:{one.subject}", _part(one)), over=grade == HW_CLEARED,
    )  # fmt: skip


def _log(one: Received) -> Meaning:
    if one.subject in LINK_SUBJECTS:
        found = LINK.search(one.text)
        if found is not None:
            down = found[2] == DOWN
            return Meaning(
                rule="linkDown" if down else "linkUp", severity=Severity.WARNING,
                key=_key("link", found[1]), over=not down, joins=PORTS, part=found[1],
            )  # fmt: skip
    severity = _log_grade(one)
    if severity is Severity.INFO:
        return _only_stored(one)
    return Meaning(
        rule="log", severity=severity, key=_key("log", one.subject), quiet_min=EVENT_QUIET_MIN
    )


def _log_grade(one: Received) -> Severity:
    """0 emergency and 1 alert are critical, 2 critical is a warning; VRP grades one step lower, so
    that its errors (3) count as well. All else is stored."""
    if one.severity is None:
        return Severity.INFO
    vrp = b"%%" in one.raw[:120]
    if one.severity <= (2 if vrp else 1):
        return Severity.CRITICAL
    return Severity.WARNING if one.severity <= (3 if vrp else 2) else Severity.INFO


def _alert(one: Received) -> Meaning:
    """Whoever sends alerts has decided already that they matter. A word for how grave it is that
    we do not know counts as a warning."""
    if one.severity is None or one.severity == 4 or one.severity == 3:
        severity = Severity.WARNING
    else:
        severity = Severity.CRITICAL if one.severity < 3 else Severity.INFO
    mark = dict(one.fields).get("fingerprint", "")
    return Meaning(
        rule=one.kind.value, severity=severity, over=one.over,
        key=_key(f"{one.kind.value}:{one.subject}", mark),
    )  # fmt: skip


def _only_stored(one: Received) -> Meaning:
    return Meaning(rule="", severity=Severity.INFO, item=ITEMS[one.kind])


def sentence(one: Received, meaning: Meaning, device: str) -> Phrase:
    """What is wrong, on which device, and who said so."""
    return say("{device}: {what} ({way}, from {source})", device=device,
               what=_what(one, meaning), way=WAYS[one.kind], source=one.source)  # fmt: skip


WAYS: Final[Mapping[Kind, Phrase]] = {
    Kind.TRAP: say("by SNMP trap"),
    Kind.SYSLOG: say("by syslog"),
    Kind.ALERT: say("by Alertmanager"),
    Kind.HOOK: say("by webhook"),
}


def _what(one: Received, meaning: Meaning) -> Phrase:
    match meaning.rule:
        case "coldStart" | "warmStart":
            return say("it has restarted")
        case "linkDown":
            return say("port {port} went down", port=meaning.key.partition(":")[2] or "?")
        case "authenticationFailure":
            return say("somebody asked it over SNMP with a wrong community or key")
        case rule if rule == UPS_CHECK:
            return say("the UPS runs on its battery")
        case "hwBoardFail":
            return say("board {part} has failed", part=meaning.key.partition(":")[2] or "?")
        case "log":
            return say("its log says {subject}: {text}",
                       subject=one.subject or "-", text=_short(one.text))  # fmt: skip
        case "alert":
            return say("alert {name}: {text}", name=one.subject, text=_short(one.text))
        case "hook":
            return verbatim(_short(one.text))
        case rule:
            return verbatim(f"{rule} {_short(one.text)}")


def _short(text: str) -> str:
    return text if len(text) <= WORDS_LIMIT else f"{text[: WORDS_LIMIT - 1]}…"


def _key(alarm: str, rest: str) -> str:
    """`alarm:rest`; one that is too long keeps its beginning and the digest of the whole."""
    whole = f"{alarm}:{rest}" if rest else alarm
    if len(whole) <= KEY_LIMIT:
        return whole
    return f"{whole[: KEY_LIMIT - 17]}~{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
