"""A child process that keeps a home, or brings one back, for tests that kill it.

Arguments: `backup` HOME FILE, or `restore` FILE FOLDER.
"""

from __future__ import annotations

import sys
from pathlib import Path

from logbook.backup import backup, restore
from store.migrating import open_current
from tests.logbook.conftest import NOW


def main(what: str, source: Path, target: Path) -> None:
    print("ready", flush=True)  # noqa: T201  (the parent waits for it)
    if what == "restore":
        restore(source, target)
        return
    store = open_current(f"sqlite:///{source}/data/lineguard.db", source / "data")
    backup(source, store, target, NOW, secrets=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
