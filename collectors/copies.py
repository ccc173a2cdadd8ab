"""Who keeps the backup copies of a device, and how long looking at them may take."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from collectors.readings.backups import KeptChecksums
from inventory.model import Copy, Device
from phrases import Phrase, say

DIGEST_S: Final = 600.0
"""Longest time for the SHA-256 of one file. A plain disk gives some 150 MB/s, so that this is
enough for 90 GB."""


def copies_for(device: Device, item: str) -> tuple[Copy, ...]:
    """Of a device's catalogue, what this item of the schedule looks at."""
    return tuple(copy for copy in device.copies if item in copy.items)


def copy_keepers(device: Device, item: str) -> tuple[str, ...]:
    """Who keeps them, off site included."""
    places = [place for copy in copies_for(device, item) for place in copy.places]
    return tuple(dict.fromkeys(place.keeper for place in places))


def trial_keepers(device: Device, item: str) -> tuple[str, ...]:
    """Who keeps the dumps that are restored on trial."""
    tried = [copy.kept.keeper for copy in copies_for(device, item) if copy.restore is not None]
    return tuple(dict.fromkeys(tried))


def no_copy(device: Device, item: str) -> Phrase:
    """Of a device that has none."""
    return say(
        "{device}: no backup copy is named for {item}; write it under lineguard.copies",
        device=device.name,
        item=item,
    )


def no_trial(device: Device, item: str) -> Phrase:
    """Of a device none of whose copies is restored."""
    if not copies_for(device, item):
        return no_copy(device, item)
    return say(
        "{device}: none of its copies for {item} is restored on trial; write “restore” under one"
        " in lineguard.copies",
        device=device.name,
        item=item,
    )


def checksum_patience(question: type[KeptChecksums], device: Device) -> timedelta:
    """How long the checksums of a keeper may take beyond the usual visit."""
    files = sum(question.item in kept.digest_for for kept in device.keeps)
    return timedelta(seconds=DIGEST_S * files)


def trial_patience(device: Device) -> timedelta:
    """How long the trial restores of what a keeper keeps may take beyond the usual visit."""
    limits = (kept.restore_s for kept in device.keeps if kept.restore_s is not None)
    return timedelta(seconds=sum(limits))
