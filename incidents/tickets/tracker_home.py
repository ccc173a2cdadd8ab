"""Laying a Roundup tracker for the ticket mirror: its schema, its rules, its pages, its users.

The files stand in `incidents/tickets/tracker/`; the life cycle in them is `lifecycle.STEPS`, so
that there is one table of it. Roundup is imported only here, and only when a tracker is laid.
"""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from incidents.tickets.lifecycle import STEPS

FILES: Final = Path(__file__).parent / "tracker"
PARTS: Final = ("schema.py", "initial_data.py", "detectors/lifecycle.py")
PAGES: Final = "share/roundup/templates/minimal/html"
"""Roundup's own generic pages, which its wheel brings; they show any class."""
ROUNDS: Final = 250_000
"""PBKDF2 rounds of a password, Roundup's own default: 200 ms of CPU for each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """A tracker to be laid. `url` is its web address, which ends with a slash; `users` have
    their passwords, and `admin` is there besides."""

    folder: Path
    url: str
    admin_password: str = field(repr=False)
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    rounds: int = ROUNDS


def lay(tracker: Tracker) -> None:
    """Files and database, in a folder that holds none yet. Raises `FileExistsError`."""
    tracker.folder.mkdir(mode=0o700, parents=True)
    for name in ("db", "extensions", "detectors"):
        (tracker.folder / name).mkdir()
    shutil.copytree(Path(sysconfig.get_path("data")) / PAGES, tracker.folder / "html")
    for name in PARTS:
        (tracker.folder / name).write_text(_filled(name), encoding="utf-8")
    _configure(tracker)
    _begin(tracker)


def move(folder: Path, url: str) -> None:
    """A laid tracker learns that its web address is another: requests must say they come from it.
    Raises `OSError`."""
    from roundup.configuration import CoreConfig

    config = CoreConfig(str(folder))
    if config["TRACKER_WEB"] != url:
        config["TRACKER_WEB"] = url
        config.save()


def _filled(name: str) -> str:
    text = (FILES / f"{name}.in").read_text(encoding="utf-8")
    steps = {state.value: [one.value for one in after] for state, after in STEPS.items()}
    return text.replace("STEPS = {}", f"STEPS = {steps!r}").replace("STATES", repr([*steps]))


def _configure(tracker: Tracker) -> None:
    from roundup.configuration import CoreConfig

    config = CoreConfig()
    config["TRACKER_NAME"] = "Lineguard"
    config["TRACKER_WEB"] = tracker.url
    config["MAIL_DOMAIN"] = "localhost"
    config["ADMIN_EMAIL"] = "admin@localhost"
    config["RDBMS_BACKEND"] = "sqlite"
    config["PASSWORD_PBKDF2_DEFAULT_ROUNDS"] = tracker.rounds
    config.save(str(tracker.folder / "config.ini"))


def _begin(tracker: Tracker) -> None:
    from roundup import instance
    from roundup.password import Password

    opened = instance.open(str(tracker.folder))
    opened.init(Password(tracker.admin_password, config=opened.config))
    database = opened.open("admin")
    try:
        for name, password in tracker.users.items():
            secret = Password(password, config=opened.config)
            database.user.create(username=name, password=secret, roles="User")
        database.commit()
    finally:
        database.close()
