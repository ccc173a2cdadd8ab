"""Who may tell us things unasked, and what their words mean: `intake.yml` of a home.

```yaml
sources:                      # addresses that the estate has for no device, or for several
  "10.1.1.5": rt-core-1
callers:                      # who posts to the web receiver, each with a token of its own
  prometheus: {secret: hook-prometheus, device: nms-1}
users:                        # SNMPv3; the secret holds both pass phrases, parted by a newline
  trapper: {secret: trapper-keys, auth: sha256, priv: aes, engine: 8000000001020304}
rules:                        # the first that fits decides; the built-in ones come after these
  - {name: fan, kind: trap, subject: 1.3.6.1.4.1.2011.5.25.219.2.6.5, severity: critical,
     alarm: fan, key: [1.3.6.1.2.1.47.1.1.1.1.7]}
  - {name: fan-well, kind: trap, subject: 1.3.6.1.4.1.2011.5.25.219.2.6.6, over: true,
     alarm: fan, key: [1.3.6.1.2.1.47.1.1.1.1.7]}
```
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from inventory import places
from inventory.declared import NAME, Complaints, Value, boolean, choice, items, mapping, text, texts
from inventory.people import plain
from inventory.problems import Problem, in_order
from inventory.sheets import read_file
from phrases import say

TOP: Final = ("sources", "callers", "users", "rules")
KINDS: Final = ("trap", "syslog", "alert", "hook")
SEVERITIES: Final = ("info", "warning", "critical")
AUTH: Final = ("md5", "sha", "sha256")
PRIV: Final = ("des", "aes")
CALLER_KEYS: Final = ("secret", "device")
USER_KEYS: Final = ("secret", "auth", "priv", "engine")
RULE_KEYS: Final = (
    "name", "kind", "subject", "contains", "device", "severity", "alarm", "key", "over",
    "quiet_min",
)  # fmt: skip
ENGINE: Final = re.compile(r"(?:[0-9a-fA-F]{2}){5,32}")
"""RFC 3411: an engine ID has 5 to 32 octets."""
MOST_QUIET_MIN: Final = 7 * 24 * 60
MOST_RULES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who posts. `device` is meant when a message names none."""

    name: str
    secret: str
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapUser:
    """A user of SNMPv3 whose notifications are taken."""

    name: str
    secret: str
    auth: str = "sha"
    priv: str = "aes"
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRule:
    """What a message means. `subject` and `device` are globs (`*`, `?`), `contains` a part of the
    text; all that is set must fit. `alarm` and the values of the fields in `key` name what is
    wrong: the message with `over` ends what the one without it began. `quiet_min`: an alarm that
    nobody ends is over when it was not repeated for so many minutes."""

    name: str
    kind: str | None = None
    subject: str = "*"
    contains: str = ""
    device: str = "*"
    severity: str = "warning"
    alarm: str = ""
    key: tuple[str, ...] = ()
    over: bool = False
    quiet_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSite:
    """All of it; empty where the home has no such file."""

    sources: tuple[tuple[str, str], ...] = ()
    callers: tuple[Caller, ...] = ()
    users: tuple[TrapUser, ...] = ()
    rules: tuple[IntakeRule, ...] = ()


def load_intake(path: Path, devices: Collection[str]) -> tuple[IntakeSite, tuple[Problem, ...]]:
    """The file's content and all that is wrong with it; an absent file is an empty one."""
    if not path.exists():
        return IntakeSite(), ()
    sheet, problems = read_file(path, path.name)
    if problems or sheet is None or sheet.root is None or sheet.encrypted:
        return IntakeSite(), problems
    index = places.Places(hosts={"": [places.Block(file=sheet.name, line=1, node=sheet.root)]})
    complaints = Complaints(lambda where: index.locate("", (), where))
    top = mapping(Value(plain(sheet.root), (), complaints), TOP)
    read = _Reading(frozenset(devices))
    site = IntakeSite(
        sources=tuple(read.sources(top["sources"])) if "sources" in top else (),
        callers=tuple(read.callers(top["callers"])) if "callers" in top else (),
        users=tuple(read.users(top["users"])) if "users" in top else (),
        rules=tuple(read.rules(top["rules"])) if "rules" in top else (),
    )
    return site, in_order(complaints.found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file being read, for an estate with these devices."""

    devices: frozenset[str]

    def sources(self, value: Value) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for address, one in mapping(value).items():
            device = self._device(one)
            try:
                shown = str(ip_address(address))
            except ValueError:
                one.refuse(say("{at}: “{address}” is no IP address", at=value.at, address=address))
                continue
            if device is not None:
                found.append((shown, device))
        return found

    def callers(self, value: Value) -> list[Caller]:
        found: list[Caller] = []
        for name, one in mapping(value).items():
            parts = mapping(one, CALLER_KEYS)
            secret = _secret(one, parts)
            device = self._device(parts["device"]) if "device" in parts else None
            if secret is not None:
                found.append(Caller(name=name, secret=secret, device=device))
        return found

    def users(self, value: Value) -> list[TrapUser]:
        found: list[TrapUser] = []
        for name, one in mapping(value).items():
            parts = mapping(one, USER_KEYS)
            secret = _secret(one, parts)
            auth = choice(parts["auth"], AUTH) if "auth" in parts else "sha"
            priv = choice(parts["priv"], PRIV) if "priv" in parts else "aes"
            engine = text(parts["engine"]) if "engine" in parts else ""
            if engine and not ENGINE.fullmatch(engine):
                parts["engine"].refuse(
                    say("{at} is no engine ID: 10 to 64 hexadecimal digits", at=parts["engine"].at)
                )
            elif secret is not None and auth is not None and priv is not None:
                found.append(
                    TrapUser(name=name, secret=secret, auth=auth, priv=priv, engine=engine or "")
                )
        return found

    def rules(self, value: Value) -> list[IntakeRule]:
        found = [self._rule(one) for one in items(value)]
        if len(found) > MOST_RULES:
            value.refuse(say("{at} has more than {limit} members", at=value.at, limit=MOST_RULES))
        return [one for one in found if one is not None]

    def _rule(self, value: Value) -> IntakeRule | None:
        parts = mapping(value, RULE_KEYS)
        name = text(parts["name"]) if "name" in parts else None
        if name is None or not NAME.fullmatch(name):
            value.refuse(say("{at} needs a name of letters, digits, . _ -", at=value.at))
            return None
        return IntakeRule(
            name=name,
            kind=choice(parts["kind"], KINDS) if "kind" in parts else None,
            subject=_text(parts, "subject") or "*",
            contains=_text(parts, "contains"),
            device=_text(parts, "device") or "*",
            severity=(choice(parts["severity"], SEVERITIES) if "severity" in parts else None)
            or "warning",
            alarm=_text(parts, "alarm"),
            key=texts(parts["key"]) if "key" in parts else (),
            over=bool(boolean(parts["over"])) if "over" in parts else False,
            quiet_min=_minutes(parts["quiet_min"]) if "quiet_min" in parts else None,
        )

    def _device(self, value: Value) -> str | None:
        name = text(value)
        if name is not None and name not in self.devices:
            value.refuse(say("{at}: there is no device “{name}”", at=value.at, name=name))
            return None
        return name


def _secret(value: Value, parts: Mapping[str, Value]) -> str | None:
    name = text(parts["secret"]) if "secret" in parts else None
    if name is None or not NAME.fullmatch(name):
        value.refuse(say("{at} needs “secret”: the name of a secret", at=value.at))
        return None
    return name


def _text(parts: Mapping[str, Value], key: str) -> str:
    return (text(parts[key]) or "") if key in parts else ""


def _minutes(value: Value) -> int | None:
    written = text(value)
    if written is not None and written.isascii() and written.isdigit() and len(written) <= 5:
        minutes = int(written)
        if 1 <= minutes <= MOST_QUIET_MIN:
            return minutes
    value.refuse(
        say("{at} must be a number of minutes from 1 to {most}", at=value.at, most=MOST_QUIET_MIN)
    )
    return None
