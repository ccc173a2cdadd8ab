"""Evidence comes back as it was given, and nothing else is ever taken for it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logbook.evidence import (
    MAX_OBJECT_BYTES,
    EvidenceArchive,
    EvidenceDamaged,
    packed,
    unpacked,
)


@pytest.fixture
def archive(tmp_path: Path) -> EvidenceArchive:
    return EvidenceArchive(tmp_path / "evidence")


@given(content=st.binary(max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_comes_back(archive: EvidenceArchive, content: bytes) -> None:
    digest = archive.put(content)
    assert digest == sha256(content).hexdigest()
    assert archive.get(digest) == content


def test_the_same_content_is_kept_once(archive: EvidenceArchive) -> None:
    for _ in range(3):
        archive.put(b"answer" * 100)
    assert len([path for path in archive.folder.rglob("*") if path.is_file()]) == 1


def test_an_object_lies_compressed_under_its_digest(archive: EvidenceArchive) -> None:
    digest = archive.put(b"answer" * 1000)
    path = archive.folder / digest[:2] / f"{digest[2:]}.z"
    assert path.stat().st_size < 200
    assert zlib.decompressobj().decompress(path.read_bytes()) == b"answer" * 1000


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_content_is_taken_up_to_its_limit(archive: EvidenceArchive, spare: int, fits: bool) -> None:
    content = bytes(MAX_OBJECT_BYTES - spare)
    if fits:
        assert archive.get(archive.put(content)) == content
    else:
        with pytest.raises(ValueError, match="limit"):
            archive.put(content)


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "ab" * 31, "AB" * 32, "ab" * 33, "/" + "a" * 63, "é" * 64]
)
def test_a_name_that_is_no_digest_leads_nowhere(archive: EvidenceArchive, digest: str) -> None:
    with pytest.raises(EvidenceDamaged):
        archive.get(digest)


def test_a_bomb_is_not_unpacked(archive: EvidenceArchive) -> None:
    bomb = packed(bytes(MAX_OBJECT_BYTES * 4))
    assert len(bomb) < 100_000
    with pytest.raises(EvidenceDamaged, match="too large"):
        unpacked(bomb)


@pytest.mark.parametrize("stored", [b"", b"x", b"x" * 32, b"x" * 100])
def test_what_was_never_packed_is_not_unpacked(stored: bytes) -> None:
    with pytest.raises(EvidenceDamaged):
        unpacked(stored)


def test_a_stream_with_something_behind_it_is_refused() -> None:
    stream = zlib.compress(b"answer") + b"more"
    with pytest.raises(EvidenceDamaged, match="followed by other bytes"):
        unpacked(stream + sha256(stream).digest())


def test_content_under_another_name_is_refused(archive: EvidenceArchive) -> None:
    first, second = archive.put(b"first"), archive.put(b"second")
    archive.path(first).write_bytes(archive.path(second).read_bytes())
    with pytest.raises(EvidenceDamaged, match="another digest"):
        archive.get(first)


def _a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _a_link_to_the_real_one(path: Path) -> None:
    kept = path.with_name("kept")
    kept.write_bytes(packed(b"answer"))
    path.symlink_to(kept)


def _an_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("made", [_a_pipe, _a_link_to_the_real_one, _an_endless_device, Path.mkdir])
def test_what_is_no_regular_file_is_no_evidence_and_is_not_waited_for(
    archive: EvidenceArchive, made: Callable[[Path], None]
) -> None:
    digest = archive.put(b"answer")
    archive.path(digest).unlink()
    made(archive.path(digest))
    with pytest.raises(EvidenceDamaged):
        archive.get(digest)


def test_names_are_durable_before_the_entry_and_each_folder_once(
    archive: EvidenceArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def watched(number: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
        real(number)

    monkeypatch.setattr(os, "fsync", watched)
    folders = {archive.put(b"%d" % n)[:2] for n in range(40)}
    assert len(synced) == 40  # the contents
    synced.clear()
    archive.settle()
    assert sorted(synced) == sorted(
        [str(archive.folder), *(str(archive.folder / name) for name in folders)]
    )
    synced.clear()
    archive.settle()
    assert synced == []
