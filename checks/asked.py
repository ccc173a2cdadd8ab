"""What each item of the contract asks, and what is expected, in a line for people: `asked.tsv`.

The numbers are with the checks (`Check.limits`), where a site may set others.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

TABLE: Final = Path(__file__).parent / "asked.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked at, and when that is normal, by language."""

    asked: Mapping[str, str]
    expected: Mapping[str, str]


@cache
def asked_of(item: str) -> Asked:
    """Of that item. Raises `KeyError`."""
    return _table()[item]


@cache
def _table() -> Mapping[str, Asked]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return MappingProxyType({row["id"]: _read(row) for row in rows})


def _read(row: Mapping[str, str]) -> Asked:
    return Asked(
        asked=MappingProxyType({"zh": row["asked_zh"], "en": row["asked_en"]}),
        expected=MappingProxyType({"zh": row["expected_zh"], "en": row["expected_en"]}),
    )
