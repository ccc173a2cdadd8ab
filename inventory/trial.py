"""A new `imported.yml` tried in a copy of the estate, and put in place only as a whole."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from inventory.ansible_child import Child
from inventory.imported import IMPORTED, Imported, as_yaml
from inventory.listing import list_estate
from inventory.loader import load_estate, vault_password_named
from inventory.model import Estate
from inventory.own_items import NO_WORDS, Vocabulary
from inventory.problems import EstateError, Problem, in_order, shown
from inventory.sheets import Sheet, read_folder
from phrases import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What an estate is tried with: as in `load_estate`."""

    folder: Path
    """The estate as it is. Nothing in it is changed."""
    limit_names: frozenset[str]
    vault_password_file: Path | None = None
    words: Vocabulary = NO_WORDS

    def estate(self, devices: Sequence[Imported], file: str) -> Estate:
        """The whole estate as it would be. Raises `EstateError`; what is wrong with an imported
        device is said with its row in `file`."""
        rows = {one.name: one.row for one in devices}
        with tempfile.TemporaryDirectory(prefix="lineguard-import-") as scratch:
            copy = Path(scratch) / self.folder.name
            try:
                sheets = self._copied(copy)
                self._refuse_taken(copy, sheets, rows, file)
                (copy / IMPORTED).write_text(as_yaml(devices, file), encoding="utf-8")
                return self._loaded(copy)
            except EstateError as fault:
                told = [self._at_row(one, rows, file) for one in fault.problems]
                raise EstateError(in_order(told)) from None

    def _copied(self, copy: Path) -> tuple[Sheet, ...]:
        """The files that Ansible reads, without an earlier import."""
        every, problems = read_folder(self.folder)
        here = f"{self.folder.name}/{IMPORTED}"
        left = tuple(one for one in problems if one.file != here)
        if left:
            raise EstateError(left)
        sheets = tuple(sheet for sheet in every if sheet.parts != (IMPORTED,))
        copy.mkdir()
        for sheet in sheets:
            target = copy.joinpath(*sheet.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.folder.joinpath(*sheet.parts).read_bytes())
        return sheets

    def _refuse_taken(
        self, copy: Path, sheets: tuple[Sheet, ...], rows: Mapping[str, int], file: str
    ) -> None:
        """A name that the estate has already would be one device in two places."""
        child = Child(vault_password_file=self.vault_password_file or vault_password_named())
        known = list_estate(copy, sheets, child, None).groups if sheets else {}
        taken = tuple(
            Problem(file=file, line=row, device=name, what=say("the estate has this name already"))
            for name, row in rows.items()
            if name in known
        )
        if taken:
            raise EstateError(taken)

    def _loaded(self, copy: Path) -> Estate:
        return load_estate(
            copy,
            None,
            limit_names=self.limit_names,
            cache=None,
            vault_password_file=self.vault_password_file,
            words=self.words,
        )

    def _at_row(self, one: Problem, rows: Mapping[str, int], file: str) -> Problem:
        """A problem of an imported device at its row; where it stands in another file, that is
        named as well. Problems of other devices stay where they are."""
        if one.file == file or one.device is None or one.device not in rows:
            return one
        what = one.what
        if one.file is not None and one.file != f"{self.folder.name}/{IMPORTED}":
            where = one.file if one.line is None else f"{one.file}:{one.line}"
            what = say("{place}: {what}", place=shown(where), what=what)
        return replace(one, file=file, line=rows[one.device], what=what)


def put(folder: Path, text: str) -> Path:
    """Make `text` the estate's `imported.yml`, whole or not at all; readable by those who may
    read `hosts.yml`. Raises `OSError`, which leaves everything as it was."""
    target = folder / IMPORTED
    # Neither Ansible nor we read hidden files of an estate.
    hidden = folder / f".{IMPORTED}.{secrets.token_hex(4)}"
    number = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            os.fchmod(number, _mode(folder / "hosts.yml"))
            file.write(text)
            file.flush()
            os.fsync(number)
        hidden.replace(target)
    finally:
        hidden.unlink(missing_ok=True)
    return target


def _mode(beside: Path) -> int:
    with suppress(OSError):
        return beside.stat().st_mode & 0o666
    return 0o600
