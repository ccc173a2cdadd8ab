"""Where the records of a gateway's calls are kept: site data of M60."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TAB = "tab"
"""Stands for a tabulator, which a text of the estate may not hold."""

Counted = Literal["records", "cti"]
"""`records`: the switch's call-detail records. `cti`: the CTI's own count of the same calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFiles:
    """Files on the device `keeper` with one line a call, or one an hour. `files` is a folder and
    a pattern of names (`*`, `?`). `time_column` counts from 1; `time_format` says how a time begins
    there, in the site's own time. With `count_column`, a line stands for so many calls."""

    keeper: str
    files: str
    time_column: int
    time_format: Literal["YYYYMMDDHH", "YYYY-MM-DD HH", "YYYY-MM-DDTHH", "YYYY/MM/DD HH"] = (
        "YYYY-MM-DD HH"
    )
    delimiter: str = ","
    count_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The files with the records of a gateway's calls, and those of the CTI's own count."""

    records: CallFiles
    cti: CallFiles | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFiles:
    """Files that a device keeps of the calls of `owner`."""

    owner: str
    counted: Counted
    files: CallFiles
