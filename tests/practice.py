"""What the practice site has, counted from its files by other means than the product's own.

Tests compare the product with these counts, so that a device or an item more needs no edit of each
of them, and one that silently falls out of a plan is still seen.
"""

from __future__ import annotations

import csv
from collections.abc import Container
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
SHIFTS_A_DAY: Final = 2
NOT: Final = "!"


def _groups() -> dict[str, set[str]]:
    whole: dict[str, Any] = yaml.safe_load((ROOT / "inventory/estate/hosts.yml").read_text("utf-8"))
    children = whole["all"]["children"]
    return {name: set(group.get("hosts") or ()) for name, group in children.items()}


def rows() -> list[dict[str, str]]:
    """The rows of the schedule as they stand in the file."""
    with (ROOT / "checks/items.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


GROUPS: Final = _groups()
SITES: Final = {name for name, hosts in GROUPS.items() if name.startswith("site_") and hosts}
DEVICES: Final = len(set().union(*(GROUPS[site] for site in SITES)))


def due_on(row: dict[str, str]) -> set[str]:
    """The devices or sites that an item is due on."""
    if row["scope"] == "site":
        return SITES
    hosts = set().union(*(GROUPS.get(kind, set()) for kind in row["kinds"].split()))
    trait = row["trait"]
    if trait.startswith(NOT):
        return hosts - GROUPS.get(trait.removeprefix(NOT), set())
    return hosts & GROUPS.get(trait, set()) if trait else hosts


def slots(
    periods: str, by: str = "machine person document", known: Container[str] | None = None
) -> int:
    """Slots of one period each (a day has two shifts), of all items or of those in `known`."""
    return sum(
        len(due_on(row)) * (SHIFTS_A_DAY if row["period"] == "S" else 1)
        for row in rows()
        if row["period"] in periods
        and row["by"] in by.split()
        and (known is None or row["id"] in known)
    )


def item_slots(item: str) -> int:
    """Slots of one item in one period."""
    return sum(len(due_on(row)) for row in rows() if row["id"] == item)
