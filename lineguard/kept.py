"""What a home keeps beside its database, for `lineguard doctor`: evidence, keys, configurations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lineguard.finding import Finding
from phrases import say
from store.frozen import takes_no_writing

if TYPE_CHECKING:
    from lineguard.wiring import Station


def evidence(station: Station) -> Iterator[Finding]:
    """Can evidence be kept? Rounds record nothing without it."""
    folder = station.home.evidence
    if takes_no_writing(folder):
        return  # said of the home as a whole
    fine = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    yield Finding(
        subject="evidence",
        sentence=say("evidence is kept in {folder}", folder=str(folder))
        if fine
        else say("evidence cannot be kept in {folder}", folder=str(folder)),
        mend=None if fine else say("make it a folder that you may write, or restore a backup"),
    )


def keys(station: Station) -> Iterator[Finding]:
    """The signing key and its public half."""
    key_id = station.keys.key_id
    public = station.keys.public_keys()
    known = key_id in public
    yield Finding(
        subject="signing key",
        sentence=say("signing key {key}", key=key_id),
        mend=None if known else say("its public key is missing in keys/public: restore it"),
    )


def veil(station: Station) -> Iterator[Finding]:
    """The key that hides secrets, once texts were kept with it."""
    station.veil.require()
    if station.veil.exists:
        yield Finding(
            subject="keys", sentence=say("the key that hides secrets of configurations is sound")
        )


def copies(station: Station) -> Iterator[Finding]:
    """Do the files that stand beside the record say what the record says?"""
    lost = station.versions.lost()
    if lost:
        yield Finding(
            subject="configs",
            sentence=say(
                "kept configurations that are missing or were changed: {count}, the first version "
                "{version} of {device}; no device can be restored from them",
                count=len(lost), version=lost[0].version, device=lost[0].device,
            ),
            mend=say("bring them back from a backup of the home, the first: {file}. Where all are "
                     "amiss, keys/veil.key may be another than they were kept with",
                     file=str(lost[0].file)),
        )  # fmt: skip
    altered = station.baselines.altered(one.name for one in station.estate.devices)
    if altered:
        yield Finding(
            subject="baselines",
            sentence=say(
                "{files} do not say what was approved; the approval itself is in the logbook and "
                "stands",
                files=", ".join(str(one.relative_to(station.home.root)) for one in altered),
            ),
            mend=say("do not work by these files; lineguard baseline diff DEVICE shows what was "
                     "approved, lineguard baseline approve writes them anew"),
        )  # fmt: skip
