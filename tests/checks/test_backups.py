"""Backup copies judged: at the limit, and one either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.backups import (
    TRIALS,
    CopyLimits,
    judge_checksums,
    judge_copies,
    judge_trials,
)
from checks.item import NoLimits
from checks.verdict import State, Verdict
from collectors.readings import Reading, Trouble, Unanswered
from collectors.readings.backups import (
    KeptCopies,
    KeptDataChecksums,
    KeptTrials,
    OwnDataBackups,
    OwnDataChecksums,
    OwnTrials,
    Restored,
    SeenChecksum,
    SeenCopy,
    SeenTrial,
    Unread,
)
from inventory.model import Copy, CopyPlace, Device, Kind, Trait, TrialRestore
from phrases import say
from tests.inventory.builders import device

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HERE, THERE = CopyPlace(keeper="bak-1", path="/b/a-*"), CopyPlace(keeper="dr-1", path="/d/a-*")
COPY = Copy(name="data", items=("M57",), kept=HERE, max_age_h=26, min_bytes=100, offsite=THERE)
FRESH = SeenCopy(path=HERE.path, file="/b/a-1", size=1_000, age_s=3_600)
FAR = replace(FRESH, path=THERE.path, file="/d/a-1")
DIGEST = "a" * 64
WHOLE = SeenChecksum(path=HERE.path, file="/b/a-1", digest=DIGEST)
EQUAL = SeenChecksum(path=THERE.path, file="/d/a-1", digest=DIGEST)
SILENT = Unanswered(
    device="dr-1", taken_at=NOW, trouble=Trouble.UNREACHABLE, why=say("dr-1: silent")
)


def app(*copies: Copy) -> Device:
    return replace(device("app-1", Kind.APP_SERVER), copies=copies or (COPY,))


def parts(**kept: Reading | Unanswered) -> tuple[tuple[str, Reading | Unanswered], ...]:
    return tuple((name.replace("_", "-"), part) for name, part in kept.items())


def copies_of(keeper: str, *seen: SeenCopy) -> KeptCopies:
    return KeptCopies(device=keeper, taken_at=NOW, seen=seen)


def judged(here: SeenCopy = FRESH, there: SeenCopy | None = FAR, **limits: float) -> Verdict:
    far: Reading | Unanswered = SILENT if there is None else copies_of("dr-1", there)
    own = OwnDataBackups(
        device="app-1", taken_at=NOW, parts=parts(bak_1=copies_of("bak-1", here), dr_1=far)
    )
    return judge_copies(own, CopyLimits(**limits), app())


def sums(here: SeenChecksum, there: SeenChecksum | None = EQUAL, copy: Copy = COPY) -> Verdict:
    seen = KeptDataChecksums(device="bak-1", taken_at=NOW, seen=(here,))
    far: Reading | Unanswered = SILENT
    if there is not None:
        far = KeptDataChecksums(device="dr-1", taken_at=NOW, seen=(there,))
    own = OwnDataChecksums(device="app-1", taken_at=NOW, parts=parts(bak_1=seen, dr_1=far))
    return judge_checksums(own, NoLimits(), app(copy))


def test_a_fresh_copy_and_its_off_site_copy_are_normal() -> None:
    verdict = judged()
    assert verdict.state is State.NORMAL
    assert verdict.sentence.text("en") == (
        "app-1: 2 backup copies are in order, the oldest is 1 h old"
    )


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        ({"age_s": 26 * 3_600.0}, State.NORMAL, ""),
        ({"age_s": 26 * 3_600.0 + 1}, State.ABNORMAL, "is 26 h old, limit 26 h: /b/a-1"),
        ({"age_s": -60.0}, State.NORMAL, ""),
        ({"age_s": -61.0}, State.ABNORMAL, "61 s in the future by the clock of bak-1"),
        ({"size": 100}, State.NORMAL, ""),
        ({"size": 99}, State.ABNORMAL, "has 99 bytes, at least 100 are expected"),
        ({"size": 0}, State.ABNORMAL, "has 0 bytes, at least 100 are expected"),
        ({"before": 2_000}, State.NORMAL, ""),
        ({"before": 2_001}, State.ABNORMAL, "it is more than 50 % smaller"),
        ({"file": None}, State.ABNORMAL, "is missing: on bak-1 nothing is at /b/a-*"),
        (
            {"file": None, "unread": Unread(trouble=Trouble.REFUSED, why=say("forbidden"))},
            State.UNKNOWN,
            "nobody knows of the copy “data”: forbidden",
        ),
    ],
)
def test_a_copy_at_its_limits(change: dict[str, Any], state: State, words: str) -> None:
    verdict = judged(replace(FRESH, **change))
    assert verdict.state is state
    assert words in verdict.sentence.text("en")


def test_a_missing_off_site_copy_is_abnormal_and_one_nobody_saw_is_unknown() -> None:
    missing = judged(there=SeenCopy(path=THERE.path))
    assert (missing.state, missing.sentence.text("en")) == (
        State.ABNORMAL,
        "app-1: the off-site copy of “data” is missing: on dr-1 nothing is at /d/a-*",
    )
    unseen = judged(there=None)
    assert (unseen.state, unseen.sentence.text("en")) == (
        State.UNKNOWN,
        "app-1: nobody knows of the off-site copy of “data”: dr-1: silent",
    )


def test_what_is_wrong_outweighs_what_nobody_knows() -> None:
    assert judged(replace(FRESH, size=1), there=None).state is State.ABNORMAL


def test_a_keeper_that_says_nothing_of_a_path_is_not_believed() -> None:
    assert judged(replace(FRESH, path="/elsewhere")).state is State.UNKNOWN


BESIDE = replace(COPY, checksum="beside")
RECORDED = replace(COPY, checksum=DIGEST, offsite=None)


@pytest.mark.parametrize(
    ("copy", "here", "there", "state", "words"),
    [
        (COPY, WHOLE, EQUAL, State.NORMAL, "the checksums of 2 files are as they should be"),
        (COPY, WHOLE, replace(EQUAL, digest="b" * 64), State.ABNORMAL, "is not equal to it"),
        (COPY, WHOLE, SeenChecksum(path=THERE.path), State.NORMAL, "1 files"),
        (COPY, WHOLE, None, State.UNKNOWN, "dr-1: silent"),
        (BESIDE, replace(WHOLE, beside=DIGEST), EQUAL, State.NORMAL, "2 files"),
        (BESIDE, replace(WHOLE, beside="b" * 64), EQUAL, State.ABNORMAL, "is damaged"),
        (BESIDE, replace(WHOLE, beside=""), EQUAL, State.ABNORMAL, "no checksum lies beside"),
        (BESIDE, WHOLE, EQUAL, State.ABNORMAL, "no checksum lies beside"),
        (RECORDED, WHOLE, EQUAL, State.NORMAL, "1 files"),
        (RECORDED, replace(WHOLE, digest="b" * 64), EQUAL, State.ABNORMAL, "is damaged"),
        (RECORDED, SeenChecksum(path=HERE.path), EQUAL, State.NOT_APPLICABLE, "no copy"),
        (
            RECORDED,
            replace(WHOLE, digest=None, unread=Unread(trouble=Trouble.TIMED_OUT, why=say("slow"))),
            EQUAL,
            State.UNKNOWN,
            "slow",
        ),
    ],
)
def test_checksums(
    copy: Copy, here: SeenChecksum, there: SeenChecksum | None, state: State, words: str
) -> None:
    verdict = sums(here, there, copy)
    assert verdict.state is state, verdict.sentence.text("en")
    assert words in verdict.sentence.text("en")


def test_a_copy_that_was_not_read_can_be_tried_again() -> None:
    seen = replace(WHOLE, digest=None, unread=Unread(trouble=Trouble.TIMED_OUT, why=say("slow")))
    kept = KeptDataChecksums(device="bak-1", taken_at=NOW, seen=(seen,))
    own = OwnDataChecksums(device="app-1", taken_at=NOW, parts=parts(bak_1=kept))
    assert own.trouble is Trouble.TIMED_OUT


# --- trial restores ---

DUMP = Copy(
    name="dump", items=("M42",), kept=HERE, max_age_h=26,
    restore=TrialRestore(engine="postgresql", tables=3, rows=500),
)  # fmt: skip
GOOD = Restored(tables=3, rows=500, listed=3, fetch_s=0.1, restore_s=2.5)
TRIED = SeenTrial(path=HERE.path, file="/b/a-1", restored=GOOD)
LATE = Unread(trouble=Trouble.TIMED_OUT, why=say("late"))


def trial(seen: SeenTrial | None) -> Verdict:
    part: Reading | Unanswered = SILENT
    if seen is not None:
        part = KeptTrials(device="bak-1", taken_at=NOW, seen=(seen,))
    own = OwnTrials(device="app-1", taken_at=NOW, parts=parts(bak_1=part))
    return judge_trials(own, NoLimits(), app(DUMP))


@pytest.mark.parametrize(
    ("seen", "state", "words"),
    [
        (TRIED, State.NORMAL, "/b/a-1 was restored on trial in 2.5 s: 3 tables, 500 rows"),
        (
            replace(TRIED, restored=replace(GOOD, rows=499)),
            State.ABNORMAL,
            "holds 3 tables and 499 rows, at least 3 and 500 are expected",
        ),
        (
            replace(TRIED, restored=replace(GOOD, tables=2, listed=None)),
            State.ABNORMAL,
            "holds 2 tables and 500 rows",
        ),
        (
            replace(TRIED, restored=replace(GOOD, listed=4)),
            State.ABNORMAL,
            "of the 4 tables that the dump “dump” lists, 3 were restored",
        ),
        (
            replace(TRIED, restored=None, failed=say("no good")),
            State.ABNORMAL,
            "the dump “dump” does not restore (/b/a-1): no good",
        ),
        (
            replace(TRIED, restored=None, untried=LATE),
            State.UNKNOWN,
            "nobody knows whether the dump “dump” restores: late",
        ),
        (replace(TRIED, restored=None), State.UNKNOWN, "its trial gave nothing"),
        (None, State.UNKNOWN, "silent"),
        (SeenTrial(path="/elsewhere"), State.UNKNOWN, "bak-1 was not asked for it"),
        (SeenTrial(path=HERE.path), State.NOT_APPLICABLE, "there is no dump"),
    ],
)
def test_a_trial_restore(seen: SeenTrial | None, state: State, words: str) -> None:
    verdict = trial(seen)
    assert verdict.state is state, verdict.sentence.text("en")
    assert words in verdict.sentence.text("en")


def test_the_time_of_a_restore_is_what_was_measured() -> None:
    assert (trial(TRIED).measured, trial(TRIED).unit) == (2.5, "s")


def test_a_dump_of_oracle_is_left_to_the_drill() -> None:
    assert TRIALS.applies_to(app(DUMP))
    assert not TRIALS.applies_to(replace(app(DUMP), traits=frozenset({Trait.ORACLE})))
