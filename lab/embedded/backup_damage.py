"""What faults do to backup copies, on whichever device keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from collectors.copies import copies_for
from inventory.model import CopyPlace
from lab.embedded.kept_files import Shelf
from lab.world import DeviceWorld, Scene

OLD_H: Final = 30
"""Hours: older than any nightly backup may be."""


def _files(scene: Scene, place: CopyPlace) -> Iterator[tuple[Shelf, str]]:
    shelf: Shelf = scene.worlds[place.keeper].data("ssh").shelf
    for path in shelf.matching(place.path):
        yield shelf, path


def age_copy(scene: Scene, world: DeviceWorld) -> None:
    for copy in copies_for(world.device, "M57"):
        for shelf, path in _files(scene, copy.kept):
            shelf.files[path].age_s = OLD_H * 3_600


def corrupt_copy(scene: Scene, world: DeviceWorld) -> None:
    for copy in copies_for(world.device, "M40"):
        for shelf, path in _files(scene, copy.kept):
            whole = shelf.content(path) or b""
            shelf.files[path].replace(whole[:-1] + bytes([whole[-1] ^ 1]))


def lose_offsite_copy(scene: Scene, world: DeviceWorld) -> None:
    for copy in copies_for(world.device, "M57"):
        if copy.offsite is not None:
            for shelf, path in tuple(_files(scene, copy.offsite)):
                del shelf.files[path]


def break_dump(scene: Scene, world: DeviceWorld) -> None:
    """It was broken when it was made: its second half is nought, and all that was made of it
    (its checksum, its off-site copy) is of the broken one."""
    for copy in copies_for(world.device, "M42"):
        for place in copy.places:
            for shelf, path in _files(scene, place):
                whole = shelf.content(path) or b""
                broken = whole[: len(whole) // 2].ljust(len(whole), b"\0")
                shelf.files[path].replace(broken)
                if f"{path}.sha256" in shelf.files:
                    digest = hashlib.sha256(broken).hexdigest()
                    shelf.files[f"{path}.sha256"].replace(f"{digest}\n".encode())
