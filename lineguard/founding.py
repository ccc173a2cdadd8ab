"""Making a home: its folders, its examples, its key, its database, and the first logbook entry."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from lineguard import VERSION
from lineguard.home import PRIVATE_FOLDER, Home
from lineguard.refusals import Refused
from lineguard.settings import Settings, read_settings
from lineguard.wiring import Station
from phrases import say

TEMPLATES: Final = Path(__file__).parent / "templates"
PRACTICE_MARK: Final = """\
# This home is for practice: its devices are the embedded practice site's.
practice = true

"""


def found(root: Path, practice: bool, at: datetime) -> Station:
    """Make a home in a folder that holds none, or finish one whose making was cut short: what is
    there stays as it is. Raises `Refused`, `OSError`."""
    home = Home(root)
    if home.exists() and not home.unfinished.exists():
        raise Refused(
            say("{home} is a home already; `lineguard doctor --home {home}` examines it",
                home=str(root))
        )  # fmt: skip
    _folders(home)
    with _alone(home):
        if practice:
            _practice_files(home)
        else:
            _site_files(home)
        station = _begin(home, practice, at)
        home.unfinished.unlink()
    return station


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """The mark of a home that is being made, held by who makes it. Raises `Refused` when somebody
    else does just now, or was quicker."""
    with home.unfinished.open("a") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                say("another `lineguard init` is making {home} just now", home=str(home.root))
            ) from None
        yield


def complete(root: Path, at: datetime) -> Station:
    """A practice home that works, made or completed: what is there stays as it is."""
    home = Home(root)
    if not home.exists() or home.unfinished.exists():
        return found(root, practice=True, at=at)
    station = Station(home)
    if not station.settings.practice:
        raise Refused(
            say("{home} is a real site; practice needs a home of its own", home=str(root))
        )
    return _begin(home, practice=True, at=at)


def _folders(home: Home) -> None:
    for folder in (home.root, home.data, home.evidence, home.root / "reports"):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (home.secrets, home.keys):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    (home.root / "baselines").mkdir(exist_ok=True)


def _site_files(home: Home) -> None:
    for example in sorted(one for one in TEMPLATES.rglob("*") if one.is_file()):
        _put(example, home.root / example.relative_to(TEMPLATES))
    home.known_hosts.touch(mode=0o600)


def _put(example: Path, target: Path) -> None:
    """Whole or not at all, and never over what is there."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    _whole(target, example.read_bytes())


def _whole(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(content)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    part.rename(target)


def _practice_files(home: Home) -> None:
    from lab.embedded.home import prepare_practice_home

    prepare_practice_home(home.root)
    if not read_settings(home.settings).practice:
        text = home.settings.read_text(encoding="utf-8")
        _whole(home.settings, (PRACTICE_MARK + text).encode("utf-8"))


def _begin(home: Home, practice: bool, at: datetime) -> Station:
    """Key, tables and the first entry, each unless it is there."""
    from logbook.book import newest
    from logbook.keys import PRIVATE_NAME, SiteKeys
    from store.database import open_store
    from store.migrating import migrate

    if not (home.keys / PRIVATE_NAME).exists():
        SiteKeys.generate(home.keys, at)
    station = Station(home)
    store = open_store(station.store_url, home.data)
    try:
        migrate(store)
    finally:
        store.close()
    with station.store.write() as tx:
        if newest(tx).seq == 0:
            station.logbook.append(tx, "site", site_entry(station.settings, practice), at)
            station.logbook.checkpoint(tx, at)
    return station


def site_entry(settings: Settings, practice: bool) -> dict[str, object]:
    """The first entry: what this logbook is of."""
    return {"name": settings.site.name, "practice": practice, "lineguard": VERSION}
