"""Merge the Chinese of every room and compile it: `python -m phrases.build`.

Reads `locale/zh_CN/*.po`, writes `locale/zh_CN/LC_MESSAGES/lineguard.mo`. The same `.po` files give
the same bytes, so the compiled catalogue can be committed and compared.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from phrases import LOCALE

ROOMS: Final = LOCALE / "zh_CN"
COMPILED: Final = ROOMS / "LC_MESSAGES" / "lineguard.mo"

NO_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in the header for both dates, so that compiling on another day changes nothing."""


class TranslatedTwice(Exception):
    """One English message has two Chinese texts, in one room's file or in two."""


def room_files() -> list[Path]:
    """The `.po` files, one per room, in a stable order."""
    return sorted(ROOMS.glob("*.po"))


def translations(po: Path) -> list[tuple[str, str]]:
    """Every message of one file with its Chinese, as they stand. Raises `TranslatedTwice`."""
    found: dict[str, str] = {}
    with po.open("rb") as file:
        catalog = read_po(file, locale="zh_CN", abort_invalid=True)
    for message in catalog:
        if message.id and message.string:
            found[str(message.id)] = str(message.string)
    twice = _repeated(line for line in po.read_text(encoding="utf-8").splitlines())
    if twice:
        raise TranslatedTwice(f"{po.name}: {twice!r}")
    return list(found.items())


def merged() -> Catalog:
    """All rooms in one catalogue. Raises `TranslatedTwice` where two disagree."""
    whole = Catalog(
        locale="zh_CN", project="lineguard", creation_date=NO_DATE, revision_date=NO_DATE
    )
    for po in room_files():
        for english, chinese in translations(po):
            known = whole.get(english)
            if known is not None and known.string != chinese:
                raise TranslatedTwice(f"{po.name}: {english!r}")
            whole.add(english, chinese)
    return whole


def compiled() -> bytes:
    """The bytes of the catalogue."""
    out = io.BytesIO()
    write_mo(out, merged())
    return out.getvalue()


def main() -> None:
    """Write the compiled catalogue and say how much is in it."""
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    COMPILED.write_bytes(compiled())
    sys.stderr.write(f"{len(merged())} messages from {len(room_files())} files\n")


def _repeated(lines: Iterable[str]) -> str | None:
    """The first one-line msgid that stands twice; a reader keeps the later one and says nothing."""
    seen: set[str] = set()
    for line in lines:
        if line.startswith("msgid ") and line != 'msgid ""':
            if line in seen:
                return line.removeprefix("msgid ")
            seen.add(line)
    return None


if __name__ == "__main__":
    main()
