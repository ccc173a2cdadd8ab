"""Site data of telephony that is no access: status files, and where call records are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from inventory.applications import StatusFile
from inventory.declared import Value, record
from inventory.marks import refuse_placeholders
from inventory.records import TAB, CallFiles, Traffic
from phrases import say

PATTERN: Final = re.compile(r"/(?:[^/*?\[\]\\]+/)+[^/\[\]\\]+")
"""An absolute path whose folders are plain: wildcards stand in the last part only."""


def read_status_file(parts: Mapping[str, Value]) -> StatusFile | None:
    """The file with the figures of a telephony server."""
    if "status_file" not in parts:
        return None
    value = parts["status_file"]
    read = record(value, StatusFile)
    if read is not None:
        refuse_placeholders(value.part("path", read.path), read.path)
    return read


def read_traffic(parts: Mapping[str, Value]) -> Traffic | None:
    """Where the records of a gateway's calls are."""
    if "traffic" not in parts:
        return None
    value = parts["traffic"]
    traffic = record(value, Traffic)
    if traffic is None:
        return None
    _check_files(value, "records", traffic.records)
    if traffic.cti is not None:
        _check_files(value, "cti", traffic.cti)
    return traffic


def _check_files(traffic: Value, name: str, files: CallFiles) -> None:
    value = traffic.part(name, traffic.raw[name])
    path = value.part("files", files.files)
    if not PATTERN.fullmatch(files.files):
        path.refuse(
            say("{at} must be an absolute path with wildcards in its last part only", at=path.at)
        )
    refuse_placeholders(path, files.files)
    if files.count_column == files.time_column:
        column = value.part("count_column", files.count_column)
        column.refuse(
            say("{at} is the column of the time as well; name the column that holds how many calls "
                "a line stands for, or leave it out", at=column.at)
        )  # fmt: skip
    delimiter = value.part("delimiter", files.delimiter)
    single = len(files.delimiter) == 1 and files.delimiter not in "\"\\'"
    if not single and files.delimiter != TAB:
        delimiter.refuse(
            say("{at} must be one character, no quote, or the word tab", at=delimiter.at)
        )
