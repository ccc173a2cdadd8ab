"""Putting units and crontab lines where they work, and taking them away again.

What is to change is known before anything is touched, and what is already as it should be is not
touched at all. A unit of another home is never written over.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final, Protocol

from lineguard.refusals import Refused
from lineguard.units import MARK, crontab, started, systemd
from phrases import say

SYSTEM_UNITS: Final = Path("/etc/systemd/system")
BOOTED: Final = Path("/run/systemd/system")
"""There while systemd runs this machine; sd_booted(3)."""
LIMIT_S: Final = 60
READABLE: Final = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file, or the crontab, that is not as it should be. None: it is not there."""

    name: str
    before: str | None
    after: str | None

    def lines(self) -> Iterator[str]:
        """What differs, as `diff -u` says it."""
        before, after = (self.before or "").splitlines(), (self.after or "").splitlines()
        was = os.devnull if self.before is None else self.name
        is_ = os.devnull if self.after is None else self.name
        yield from unified_diff(before, after, was, is_, lineterm="")


class Place(Protocol):
    """Where jobs of this home can be put."""

    def changes(self, *, wanted: bool) -> tuple[Change, ...]:
        """What is to be done so that they are there, or gone. Raises `Refused`."""
        ...

    def apply(self, changes: Sequence[Change], *, wanted: bool) -> None:
        """Do it. Raises `Refused` when the manager of the jobs does not take it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """systemd's folder of units; `manager` is `systemctl` or `systemctl --user`."""

    home: Path
    folder: Path
    manager: tuple[str, ...]
    of_user: bool = False

    def changes(self, *, wanted: bool) -> tuple[Change, ...]:
        """As `Place`."""
        return tuple(self._changes(wanted=wanted))

    def _changes(self, *, wanted: bool) -> Iterator[Change]:
        for name, text in self._own().items():
            file = self.folder / name
            before = file.read_text(encoding="utf-8") if file.exists() else None
            after = text if wanted else None
            if before is not None and f"{MARK}{self.home}\n" not in before:
                if not wanted:
                    continue
                raise Refused(
                    say("{file} belongs to another home; remove it there first", file=str(file))
                )
            if before != after:
                yield Change(name=str(file), before=before, after=after)

    def apply(self, changes: Sequence[Change], *, wanted: bool) -> None:
        """As `Place`. What is taken away is stopped before."""
        names = started(self._own())
        if not wanted and changes:
            self._manage("disable", "--now", *names)
        self.folder.mkdir(parents=True, exist_ok=True)
        for one in changes:
            _put(Path(one.name), one.after)
        self._manage("daemon-reload")
        if wanted:
            self._manage("enable", "--now", *names)

    def _own(self) -> Mapping[str, str]:
        return systemd(self.home, of_user=self.of_user)

    def _manage(self, *words: str) -> None:
        _ask([*self.manager, *words])


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """The crontab of this user: our lines between two marks that name the home."""

    home: Path
    program: str = "crontab"

    def changes(self, *, wanted: bool) -> tuple[Change, ...]:
        """As `Place`."""
        before = self._read()
        after = self._without(before) + (self._block() if wanted else "")
        return () if before == after else (Change(name="crontab", before=before, after=after),)

    def apply(self, changes: Sequence[Change], *, wanted: bool) -> None:
        """As `Place`."""
        for one in changes:
            _ask([self.program, "-"], one.after or "")

    def _block(self) -> str:
        return f"{self._begin}\n{crontab(self.home).rstrip()}\n{self._end}\n"

    @property
    def _begin(self) -> str:
        return f"# BEGIN Lineguard {self.home}"

    @property
    def _end(self) -> str:
        return f"# END Lineguard {self.home}"

    def _without(self, text: str) -> str:
        """Everything that is not ours. Raises `Refused` for a block without its end: whose the
        lines after it are, nobody can tell."""
        lines = text.splitlines()
        if self._begin not in lines:
            return text
        first = lines.index(self._begin)
        if self._end not in lines[first:]:
            raise Refused(
                say("the crontab has no line {line}; mend it by hand: crontab -e", line=self._end)
            )
        last = lines.index(self._end, first)
        return "".join(f"{line}\n" for line in [*lines[:first], *lines[last + 1 :]])

    def _read(self) -> str:
        """crontab(1) fails where there is none yet, and says so."""
        asked = _run([self.program, "-l"], "")
        if asked.returncode == 0:
            return asked.stdout
        if "no crontab" in asked.stderr:
            return ""
        raise _failed([self.program, "-l"], asked)


def place_of(home: Path, *, by_cron: bool, of_user: bool) -> Place:
    """Where this user can have them. Raises `Refused`."""
    if by_cron:
        return Crontab(home=home)
    if not BOOTED.is_dir():
        raise Refused(say("systemd does not run this machine; by cron: lineguard cron install "
                          "--cron"))  # fmt: skip
    if of_user:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        folder = config / "systemd" / "user"
        return Units(home=home, folder=folder, manager=("systemctl", "--user"), of_user=True)
    if os.geteuid() != 0:
        raise Refused(say("units of the system are installed by root; as this user: --user or "
                          "--cron"))  # fmt: skip
    return Units(home=home, folder=SYSTEM_UNITS, manager=("systemctl",))


def _put(file: Path, text: str | None) -> None:
    """Whole or not at all."""
    if text is None:
        file.unlink(missing_ok=True)
        return
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.chmod(READABLE)
    part.replace(file)


def _ask(line: Sequence[str], given: str = "") -> None:
    answer = _run(line, given)
    if answer.returncode != 0:
        raise _failed(line, answer)


def _run(line: Sequence[str], given: str) -> subprocess.CompletedProcess[str]:
    # English, because "no crontab" is read from it.
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603  (fixed programs, no shell)
            line, input=given, capture_output=True, text=True, timeout=LIMIT_S, check=False,
            env=environment,
        )  # fmt: skip
    except FileNotFoundError:
        raise Refused(say("there is no program {program} here", program=line[0])) from None
    except subprocess.TimeoutExpired:
        raise Refused(say("{program} did not end in {seconds} seconds",
                          program=line[0], seconds=LIMIT_S)) from None  # fmt: skip


def _failed(line: Sequence[str], answer: subprocess.CompletedProcess[str]) -> Refused:
    why = " ".join((answer.stderr or answer.stdout).split())[:300]
    return Refused(say("{command} failed: {why}", command=" ".join(line), why=why))
