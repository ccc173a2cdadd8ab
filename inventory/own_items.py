"""What a site changes in the schedule: items of its own, and other periods or kinds for ours.

Ansible hands it over like any variable, in `group_vars/all.yml`:

```yaml
lineguard_items:
  M47: {period: D}                       # the device logs every day instead of every week
  M02: {runbook: our-disks}              # the library's, or one of HOME/runbooks
  S01:
    title: {zh: 录音服务器磁盘, en: Disks of the recording server}
    period: D
    kinds: [app_server]
    checks: ["M19:file_systems"]         # judged as that check of M19 is, or "M19" for all of them
    runbook: disk-full
  S02: {title: 消防设施巡视, period: M, by: person}
```
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from inventory.declared import Value, boolean, choice, items, mapping, text, texts
from inventory.model import Kind, SiteItem, Trait
from inventory.problems import nearest, shown
from phrases import say

VARIABLE: Final = "lineguard_items"
ITEM_KEYS: Final = frozenset(
    {"title", "period", "kinds", "trait", "checks", "by", "busy_hour", "group", "runbook"}
)
CHANGE_KEYS: Final = frozenset({"period", "kinds", "busy_hour", "runbook"})
"""What of an item of the contract is a site's to change. Its wording is not."""
PERIODS: Final = ("S", "D", "W", "M", "Q")
BY: Final = ("machine", "person")
OWN_NAME: Final = re.compile(r"S[0-9]{1,3}", re.ASCII)
"""M and R are the contract's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the schedule knows already, handed in from above: the contract's items, every name
    of a check, as `M19` and `M19:file_systems`, and every runbook there is."""

    items: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    runbooks: frozenset[str] = frozenset()


NO_WORDS: Final = Vocabulary()


def read_items(value: Value, words: Vocabulary) -> tuple[SiteItem, ...]:
    """Every item that the site has or changes, by name; complaints about the rest."""
    read = (_item(name, one, words) for name, one in sorted(mapping(value).items()))
    return tuple(one for one in read if one is not None)


def _item(name: str, value: Value, words: Vocabulary) -> SiteItem | None:
    before = len(value.complaints.found)
    known = name in words.items
    if not known and not OWN_NAME.fullmatch(name):
        value.refuse(
            say("“{name}” is no item of the contract, and an item of the site's own is named S1 to "
                "S999", name=shown(name))
        )  # fmt: skip
        return None
    parts = mapping(value, CHANGE_KEYS if known else ITEM_KEYS)
    read = _changed(name, parts, words) if known else _own(name, value, parts, words)
    return read if len(value.complaints.found) == before else None


def _changed(name: str, parts: Mapping[str, Value], words: Vocabulary) -> SiteItem:
    return SiteItem(
        id=name,
        period=choice(parts["period"], PERIODS) if "period" in parts else None,
        kinds=_kinds(parts),
        busy_hour=boolean(parts["busy_hour"]) if "busy_hour" in parts else None,
        runbook=_runbook(parts, words.runbooks),
    )


def _own(name: str, value: Value, parts: Mapping[str, Value], words: Vocabulary) -> SiteItem:
    for key in ("title", "period"):
        if key not in parts:
            value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key=key))
    by = (choice(parts["by"], BY) if "by" in parts else None) or BY[0]
    checks = _checks(parts["checks"], words.checks) if "checks" in parts else ()
    if (by == "machine") is not bool(checks):
        value.refuse(say("{at} has checks, or is done by a person: one of the two", at=value.at))
    if by == "machine" and not _kinds(parts):
        value.refuse(say("{at}: the key “{key}” is missing", at=value.at, key="kinds"))
    zh, en = _titles(parts.get("title"))
    return SiteItem(
        id=name,
        title_zh=zh,
        title_en=en,
        group=(text(parts["group"]) or "") if "group" in parts else "",
        period=choice(parts["period"], PERIODS) if "period" in parts else None,
        kinds=_kinds(parts),
        trait=_trait(parts),
        checks=checks,
        by=by,
        busy_hour=boolean(parts["busy_hour"]) if "busy_hour" in parts else None,
        runbook=_runbook(parts, words.runbooks),
    )


def _titles(value: Value | None) -> tuple[str, str]:
    """Both languages from one text, or one of each."""
    if value is None:
        return "", ""
    if isinstance(value.raw, Mapping):
        parts = mapping(value, {"zh", "en"})
        zh = (text(parts["zh"]) or "") if "zh" in parts else ""
        en = (text(parts["en"]) or "") if "en" in parts else ""
        if not (zh or en):
            value.refuse(say("{at} needs zh or en", at=value.at))
        return zh or en, en or zh
    one = text(value) or ""
    return one, one


def _kinds(parts: Mapping[str, Value]) -> tuple[Kind, ...]:
    if "kinds" not in parts:
        return ()
    names = (choice(one, [kind.value for kind in Kind]) for one in items(parts["kinds"]))
    return tuple(Kind(name) for name in names if name is not None)


def _trait(parts: Mapping[str, Value]) -> Trait | None:
    named = choice(parts["trait"], [one.value for one in Trait]) if "trait" in parts else None
    return None if named is None else Trait(named)


def _runbook(parts: Mapping[str, Value], known: Collection[str]) -> str | None:
    if "runbook" not in parts:
        return None
    value = parts["runbook"]
    name = text(value)
    if name is None or name in known:
        return name
    close = nearest(name, known)
    what = say("{at}: there is no runbook “{name}”; `lineguard runbook list` names them",
               at=value.at, name=shown(name))  # fmt: skip
    if close is not None:
        what = say("{at}: there is no runbook “{name}”; the nearest is “{nearest}”",
                   at=value.at, name=shown(name), nearest=close)  # fmt: skip
    value.refuse(what)
    return None


def _checks(value: Value, known: Collection[str]) -> tuple[str, ...]:
    named = texts(value)
    for name in named:
        if name not in known:
            close = nearest(name, known)
            what = say("{at}: there is no check “{name}”", at=value.at, name=name)
            if close is not None:
                what = say("{at}: there is no check “{name}”; the nearest is “{nearest}”",
                           at=value.at, name=name, nearest=close)  # fmt: skip
            value.refuse(what)
    return named
