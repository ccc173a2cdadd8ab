"""From the bytes of a console to lines: escapes, paging, echo, prompt and timestamps taken away.

Sources of the shapes: recorded Huawei sessions (VRP5, VRP8, USG, CE, NE) and a U1911's transcript.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.consoles.shapes import Garbled, NotOffered, NotPermitted

MAX_LINES: Final = 20_000
MAX_LINE: Final = 512
"""Characters; a console wraps at 80. Longer lines are of no known shape."""
ECHO_WITHIN: Final = 8_192
"""The echo of a command stands at the beginning of its answer, after asynchronous lines at most."""
CONSOLE_WIDTH: Final = 80

MORE: Final = re.compile(rb"---- More ----[ ]?$")
"""VRP waits for a key after a page (`screen-length` not accepted)."""

_MOVE: Final = r"(?:\x1b\[\d{1,3}D|\r(?!\n)|\x08{1,80})"
_MORE_ERASED: Final = re.compile(rf" {{0,4}}---- More ----(?:{_MOVE} {{0,80}}{_MOVE}|{_MOVE})?")
_CURSOR_LEFT: Final = re.compile(r" \x1b\[1D")
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-9;?]{0,16}[@-~]|[@-Z\\-_=>])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2} {1,2}\d{2}:\d{2}:\d{2}[ .+:\w]{0,24}")
_REFUSAL: Final = re.compile(
    r"^(?:Error|% ?Error)?: ?(?:Unrecognized command|Incomplete command|Wrong parameter"
    r"|Too many parameters|Ambiguous command|.{0,40}does not support)",
    re.IGNORECASE,
)
_NO_RIGHT: Final = re.compile(
    r"^Error: ?(?:.{0,60}permission|.{0,60}not authorized|.{0,60}authoriz\w{1,8} fail)",
    re.IGNORECASE,
)


def decoded(raw: bytes) -> str:
    """UTF-8, or GB 18030 as older Chinese consoles print. Raises `Garbled`."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Garbled


def unpaged(text: str) -> str:
    """Without page breaks, escape sequences and control characters; lines end in `\\n`."""
    text = _MORE_ERASED.sub("", text)
    text = _ESCAPE.sub("", _CURSOR_LEFT.sub("", text))
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def echo_end(raw: bytes, command: str) -> int | None:
    """Where the answer begins: after the console's echo of `command`, which may be wrapped."""
    between = r"(?:[\r\n]| ?\x1b\[\d{1,3}[A-Z]){0,3}"
    pattern = between.join(re.escape(letter) for letter in command)
    found = re.compile(pattern.encode("ascii")).search(raw, 0, ECHO_WITHIN)
    return found.end() if found else None


def lines_of(raw: bytes) -> tuple[str, ...]:
    """The lines of an answer whose echo and prompt are gone already.

    Raises `NotOffered` when the console says that it has no such command, `NotPermitted` when it
    says that we may not, and `Garbled` for what is empty, undecodable, beyond all bounds, or ends
    in mid-line: a prompt stands on a line of its own.
    """
    text = unpaged(decoded(raw))
    lines = text.split("\n")
    if not text.endswith("\n"):
        raise Garbled
    if len(lines) > MAX_LINES or any(len(line) > MAX_LINE for line in lines):
        raise Garbled
    told = [_safe(line) for line in lines if not _TIMESTAMP.fullmatch(line.strip())]
    if any(_REFUSAL.match(line.strip()) for line in told):
        raise NotOffered
    if any(_NO_RIGHT.match(line.strip()) for line in told):
        raise NotPermitted
    if not any(line.strip() for line in told):
        raise Garbled
    return tuple(told)


def _safe(line: str) -> str:
    """Fit for a terminal: no format, private or unassigned characters (bidirectional marks)."""
    kept = line if line.isprintable() else "".join(c for c in line if c.isprintable() or c == "\t")
    return kept.rstrip()


def unwrapped(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines as they were before the console broke them at its width, inside words."""
    whole: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on:
            whole[-1] += line
        else:
            whole.append(line)
        goes_on = len(line) == CONSOLE_WIDTH
    return tuple(whole)
