"""Backup copies over real SSH: what a keeper sees of them, and what is never taken for a copy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.readings import Trouble
from collectors.readings.backups import (
    KeptChecksums,
    KeptColdChecksums,
    KeptCopies,
    KeptTrials,
    Restored,
    SeenChecksum,
    SeenCopy,
    SeenTrial,
    Unread,
)
from collectors.restoring import CannotTry, DoesNotRestore, Outcome
from collectors.session import Notebook
from collectors.sources.host_copies import Found, copies, newest
from collectors.sources.host_questions import Question
from collectors.sources.secure_shell import SecureShell
from collectors.sources.ssh_channel import Output
from collectors.visit import Answer
from inventory.model import Device, KeptFile
from lab.embedded.kept_files import CopyFile, Shelf, healthy_shelf
from lab.embedded.linux_host import LinuxHost
from phrases import say
from tests.collectors.hosts import Remembered, linux, listening, means, unanswered, visit
from tests.tiers import count

GLOB = "/backup/app 1/config-*.tar.gz"
NAME = "/backup/app 1/config-20261120.tar.gz"


def keeper(port: int, *kept: KeptFile) -> Device:
    return replace(linux(port), keeps=kept or (KeptFile(path=GLOB, digest_for=frozenset({"M40"})),))


def given_files(host: LinuxHost, **files: tuple[bytes, float]) -> None:
    for name, (content, age) in files.items():
        path = f"/backup/app 1/{name.replace('__', '.').replace('_', '-')}"
        host.data.shelf.files[path] = CopyFile(partial(bytes, content), age)


async def seen_copy(host: LinuxHost, folder: Path, memory: Remembered | None = None) -> SeenCopy:
    seen = await visit(keeper(host.port), means(folder), [KeptCopies], memory)
    answer = seen.answers[KeptCopies]
    assert isinstance(answer, KeptCopies), answer
    assert answer.exchanges
    if memory is not None:
        memory.keep(seen)
    return answer.seen[0]


async def seen_sum(device: Device, folder: Path) -> SeenChecksum:
    answer = (await visit(device, means(folder), [KeptColdChecksums])).answers[KeptColdChecksums]
    assert isinstance(answer, KeptChecksums), answer
    return answer.seen[0]


async def test_the_newest_match_is_the_copy_and_its_age_is_by_the_hosts_clock(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path) as host:
        given_files(
            host,
            config_1__tar__gz=(b"older", 9_000),
            config_2__tar__gz=(b"newest", 7_200),
            other_3__tar__gz=(b"none of it", 10),
        )
        copy = await seen_copy(host, tmp_path)
    assert (copy.file, copy.size) == ("/backup/app 1/config-2.tar.gz", 6)
    assert copy.age_s == pytest.approx(7_200, abs=3)


async def test_a_folder_without_a_match_and_no_folder_at_all_are_a_missing_copy(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path) as host:
        assert await seen_copy(host, tmp_path) == SeenCopy(path=GLOB)
        given_files(host, other__txt=(b"x", 1))
        assert await seen_copy(host, tmp_path) == SeenCopy(path=GLOB)


async def test_the_size_before_is_that_of_the_file_before(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x" * 1_000, 9_000))
        assert (await seen_copy(host, tmp_path, memory)).before is None
        assert (await seen_copy(host, tmp_path, memory)).before is None
        given_files(host, config_2__tar__gz=(b"x" * 10, 60))
        for _ in range(2):
            copy = await seen_copy(host, tmp_path, memory)
            assert (copy.size, copy.before) == (10, 1_000)


async def test_a_checksum_is_the_hosts_and_the_file_beside_it_is_read(tmp_path: Path) -> None:
    kept = KeptFile(path=GLOB, digest_for=frozenset({"M40"}), beside=True)
    async with listening(tmp_path) as host:
        device = keeper(host.port, kept)
        host.data.shelf = healthy_shelf(device)
        whole = await seen_sum(device, tmp_path)
        assert whole.digest == whole.beside
        assert len(whole.digest or "") == 64
        host.data.shelf.files[NAME].replace(b"other bytes")
        damaged = await seen_sum(device, tmp_path)
        assert damaged.digest != damaged.beside == whole.beside
        del host.data.shelf.files[NAME + ".sha256"]
        assert (await seen_sum(device, tmp_path)).beside == ""
        assert host.strange == []


async def test_a_host_that_keeps_nothing_says_which_key_is_missing(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        answer = (await visit(linux(host.port), means(tmp_path), [KeptCopies])).answers[KeptCopies]
    refusal = unanswered(answer)
    assert refusal.trouble is Trouble.NOT_CONFIGURED
    assert "lineguard.copies" in refusal.why.text("en")


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        (lambda behaviour: setattr(behaviour, "cut_after", 12), Trouble.TIMED_OUT),
        (lambda behaviour: setattr(behaviour, "refuse_logins", True), Trouble.REFUSED),
        (lambda behaviour: setattr(behaviour, "delay_s", 30.0), Trouble.TIMED_OUT),
    ],
    ids=["cut", "refused", "slow"],
)
async def test_a_keeper_in_trouble_is_no_missing_copy(
    tmp_path: Path, change: Callable[[object], None], trouble: Trouble
) -> None:
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x", 60))
        change(host.behaviour)
        device = replace(linux(host.port, timeout_s=0.5), keeps=keeper(host.port).keeps)
        answer = (await visit(device, means(tmp_path), [KeptCopies])).answers[KeptCopies]
    assert unanswered(answer).trouble is trouble


async def test_garbage_is_no_missing_copy(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x", 60))
        host.behaviour.garbage = True
        copy = await seen_copy(host, tmp_path)
    assert copy.file is None
    assert copy.unread is not None
    assert copy.unread.trouble is Trouble.GARBLED


# --- what a keeper may print ---


class Printed(SecureShell):
    """A shell that prints what the test has."""

    def __init__(self, output: Output) -> None:
        super().__init__("app-1", 5.0)
        self.printed = output

    async def run(self, command: str, limit: int, within_s: float | None = None) -> Output:
        return self.printed


def asked(answer: bytes, status: int = 0, complaint: bytes = b"") -> Question:
    output = Output(answer=answer, complaint=complaint, status=status)
    return Question(keeper(22), means(Path("/nowhere")), Printed(output), 5.0)


HEALTHY = b"1763700000\n1763690000.5 123 config-1.tar.gz\x00===end\n"


async def test_a_whole_listing_is_read() -> None:
    found = await newest(asked(HEALTHY), GLOB)
    assert found == Found(
        file="/backup/app 1/config-1.tar.gz", changed=1763690000, size=123, age_s=10_000
    )


@pytest.mark.parametrize("length", range(len(HEALTHY)))
async def test_a_listing_that_is_cut_short_is_neither_a_copy_nor_none(length: int) -> None:
    found = await newest(asked(HEALTHY[:length]), GLOB)
    assert found is not None
    assert not isinstance(found, Found)


@pytest.mark.parametrize(
    "record",
    [
        b"1763690000.5 123 config-1.zip\0",
        b"1763690000.5 123 ../config-1.tar.gz\0",
        b"1763690000.5 123 config-\n1.tar.gz\0",
        b"1763690000.5 123 config-\x1b[2J.tar.gz\0",
        b"1763690000.5 -5 config-1.tar.gz\0",
        b"yesterday 123 config-1.tar.gz\0",
        b"1763690000.5 123 config-\xff.tar.gz\0",
    ],
)
async def test_a_name_that_was_not_asked_for_is_not_believed(record: bytes) -> None:
    found = await newest(asked(b"1763700000\n" + record + b"===end\n"), GLOB)
    assert not isinstance(found, Found)
    assert found is not None


@pytest.mark.parametrize(
    ("complaint", "trouble"),
    [
        (b"find: '/backup/app 1': Permission denied\n", Trouble.REFUSED),
        (b"find: '/backup/app 1': Stale file handle\n", Trouble.GARBLED),
        (b"", Trouble.GARBLED),
    ],
)
async def test_what_may_not_be_read_is_not_missing(complaint: bytes, trouble: Trouble) -> None:
    found = await newest(asked(b"1763700000\n", 1, complaint), GLOB)
    assert found is not None
    assert not isinstance(found, Found)
    assert found.trouble is trouble


@settings(max_examples=count(150, 20_000), deadline=1_000)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(HEALTHY.split(b" "))).map(b" ".join))
async def test_no_garbage_is_a_copy_of_another_name(answer: bytes) -> None:
    found = await newest(asked(answer), GLOB)
    if isinstance(found, Found):
        assert found.file.startswith("/backup/app 1/config-")
        assert found.file.endswith(".tar.gz")
    reading = await copies(asked(answer), Remembered(), Notebook(keeper(22)))
    assert reading.seen[0].path == GLOB


# --- fetching ---


@dataclass
class Paper:
    """A bench that keeps what it was given."""

    folder: Path
    given: bytes = b""
    refusal: Exception | None = None
    told: list[str] = field(default_factory=list)

    @contextmanager
    def room(self, dump_bytes: int, ends: float) -> Iterator[Path]:
        yield self.folder / "fetched"
        (self.folder / "fetched").unlink(missing_ok=True)

    def restore(self, dump: Path, ends: float) -> Outcome:
        self.given = dump.read_bytes()
        if self.refusal is not None:
            raise self.refusal
        found = Restored(tables=1, rows=2, listed=1, fetch_s=0.0, restore_s=0.5)
        return Outcome(restored=found, said=b"1 table")


class Vanishing(Shelf):
    """Files that are gone once they are listed."""

    def listing(self, folder: str, pattern: str) -> bytes | None:
        said = Shelf.listing(self, folder, pattern)
        self.files.clear()
        return said


async def trial(host: LinuxHost, folder: Path, bench: Paper | None) -> Answer:
    device = keeper(host.port, KeptFile(path=GLOB, restore_s=20.0))
    told = bench.told if bench is not None else []
    asked = replace(means(folder), bench=bench, tell=lambda one: told.append(one.text("en")))
    answer = (await visit(device, asked, [KeptTrials])).answers[KeptTrials]
    assert host.logins == 1
    return answer


async def tried(host: LinuxHost, folder: Path, bench: Paper) -> SeenTrial:
    answer = await trial(host, folder, bench)
    assert isinstance(answer, KeptTrials), answer
    assert not (folder / "fetched").exists()
    return answer.seen[0]


@pytest.mark.parametrize("size", [1, 32_768, 3_000_001])
async def test_a_dump_is_fetched_whole_in_the_same_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("collectors.sources.secure_shell.VISIT_BYTES", 100_000)
    bench, content = Paper(tmp_path), random.Random(size).randbytes(size)  # noqa: S311
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(content, 60))
        seen = await tried(host, tmp_path, bench)
    assert bench.given == content
    assert seen.file == "/backup/app 1/config-1.tar.gz"
    fetching, restoring = bench.told
    assert f"fetching {seen.file} ({size / 1e6:.1f} MB)" in fetching
    assert f"restoring {seen.file} on trial" in restoring
    assert seen.restored is not None
    assert (seen.restored.rows, seen.restored.fetch_s > 0) == (2, True)


@pytest.mark.parametrize(
    ("refusal", "failed", "untried"),
    [
        (DoesNotRestore(say("bad")), say("bad"), None),
        (
            CannotTry(Trouble.TIMED_OUT, say("late")),
            None,
            Unread(trouble=Trouble.TIMED_OUT, why=say("late")),
        ),
    ],
)
async def test_a_dump_that_does_not_restore_is_told_from_one_that_was_not_tried(
    tmp_path: Path, refusal: Exception, failed: object, untried: object
) -> None:
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x", 60))
        seen = await tried(host, tmp_path, Paper(tmp_path, refusal=refusal))
    assert (seen.restored, seen.failed, seen.untried) == (None, failed, untried)


async def test_a_dump_that_cannot_be_fetched_is_not_called_broken(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x" * 100, 60))
        host.data.shelf = Vanishing(host.data.shelf.files, host.data.shelf.begun)
        seen = await tried(host, tmp_path, Paper(tmp_path))
    assert seen.failed is None
    assert seen.untried is not None


async def test_without_a_bench_nothing_is_tried(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        given_files(host, config_1__tar__gz=(b"x", 60))
        answer = await trial(host, tmp_path, None)
    assert unanswered(answer).trouble is Trouble.NOT_CONFIGURED
