"""What sightings mean for incidents: one per root cause, and 未知 resolves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest

from checks.judging import Judgement
from checks.verdict import Severity, State, Verdict
from collectors.readings import Trouble
from collectors.visit import Contact
from incidents.correlate import Correlation
from incidents.model import (
    Cover,
    Decision,
    Merge,
    Open,
    OpenIncident,
    Resolve,
    Sighting,
    Update,
)
from incidents.topology import Topology
from phrases import verbatim

AT = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

# app-1 and app-2 stand behind sw-1, that behind fw-1; db-1 needs nobody.
CHAIN = Topology({"fw-1": (), "sw-1": ("fw-1",), "app-1": ("sw-1",), "app-2": ("sw-1",)})


def judged(
    device: str,
    item: str = "M19",
    state: State = State.NORMAL,
    *,
    severity: Severity | None = None,
    trouble: Trouble | None = None,
    check: str = "check",
) -> Judgement:
    return Judgement(
        item=item, check=check, form=None, device=device, kind="app_server", site="site_primary",
        verdict=Verdict(state=state, severity=severity, sentence=verbatim(f"{device} {item}")),
        taken_at=AT, duration_ms=1, trouble=trouble,
    )  # fmt: skip


def abnormal(device: str, item: str = "M19", severity: Severity = Severity.WARNING) -> Judgement:
    return judged(device, item, State.ABNORMAL, severity=severity)


def unanswered(device: str, trouble: Trouble, item: str = "M19", check: str = "check") -> Judgement:
    return judged(device, item, State.UNKNOWN, trouble=trouble, check=check)


def sees(device: str, *judgements: Judgement) -> Sighting:
    contact = Contact(reached=True, trouble=None, why=verbatim(""))
    return Sighting(device=device, site="site_primary", contact=contact, judgements=judgements)


def silence(device: str, *judgements: Judgement) -> Sighting:
    contact = Contact(reached=False, trouble=Trouble.UNREACHABLE, why=verbatim("no answer"))
    return Sighting(device=device, site="site_primary", contact=contact, judgements=judgements)


def live(
    number: int,
    cause: str,
    severity: Severity = Severity.CRITICAL,
    covers: frozenset[str] = frozenset(),
) -> OpenIncident:
    device = cause.split(":")[1]
    return OpenIncident(id=number, cause=cause, severity=severity, device=device, covers=covers)


def decide(
    *sightings: Sighting, known: tuple[OpenIncident, ...] = (), topology: Topology = CHAIN
) -> tuple[Decision, ...]:
    return Correlation(known, sightings, topology, AT).decisions()


def opened(decisions: tuple[Decision, ...]) -> list[str]:
    return sorted(one.finding.cause for one in decisions if isinstance(one, Open))


def test_a_silent_device_is_one_incident_that_covers_its_checks() -> None:
    (found,) = decide(
        silence("db-1", abnormal("db-1", "M53"), unanswered("db-1", Trouble.UNREACHABLE, "M06"))
    )
    assert isinstance(found, Open)
    assert found.finding.cause == "device:db-1:unreachable"
    assert found.finding.severity is Severity.CRITICAL
    assert found.finding.covers == {"M53:check", "M06:check"}


def test_silent_devices_behind_a_silent_one_are_covered_by_its_incident() -> None:
    decisions = decide(silence("app-1"), silence("sw-1"), silence("app-2"), silence("fw-1"))
    assert opened(decisions) == ["device:fw-1:unreachable"]
    (found,) = [one for one in decisions if isinstance(one, Open)]
    assert found.finding.covers == {"app-1", "app-2", "sw-1"}


@pytest.mark.parametrize("order", list(permutations(["fw-1", "sw-1", "app-1"])))
def test_the_order_of_sightings_does_not_matter(order: tuple[str, ...]) -> None:
    assert opened(decide(*map(silence, order))) == ["device:fw-1:unreachable"]


def test_a_silent_device_behind_one_that_answers_is_its_own_cause() -> None:
    assert opened(decide(silence("app-1"), sees("sw-1"))) == ["device:app-1:unreachable"]


def test_a_cause_farther_up_explains_though_the_one_between_was_not_looked_at() -> None:
    known = (live(1, "device:fw-1:unreachable"),)
    (found,) = decide(silence("app-1"), known=known)
    assert isinstance(found, Cover)
    assert (found.incident, found.covers) == (1, frozenset({"app-1"}))


def test_a_device_that_needs_others_is_explained_by_any_of_them() -> None:
    topology = Topology({"app-1": ("sw-1", "sw-2")})
    decisions = decide(silence("app-1"), silence("sw-2"), topology=topology)
    assert opened(decisions) == ["device:sw-2:unreachable"]


def test_a_ring_of_dependencies_is_never_left_without_a_cause() -> None:
    ring = Topology({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("c",)})
    assert opened(decide(*map(silence, "dcba"), topology=ring)) == ["device:a:unreachable"]
    assert opened(decide(silence("d"), silence("c"), topology=ring)) == ["device:c:unreachable"]


def test_an_incident_opened_before_its_root_was_known_is_merged_into_it() -> None:
    known = (live(7, "device:app-1:unreachable"),)
    decisions = decide(silence("app-1"), silence("sw-1"), known=known)
    assert opened(decisions) == ["device:sw-1:unreachable"]
    (merged,) = [one for one in decisions if isinstance(one, Merge)]
    assert (merged.incident, merged.into) == (7, "device:sw-1:unreachable")
    assert "because sw-1 is unreachable" in merged.why.text("en")


def test_it_is_merged_too_when_only_the_root_is_sighted_later() -> None:
    known = (live(7, "device:app-1:unreachable"),)
    decisions = decide(silence("sw-1"), known=known)
    assert [type(one) for one in decisions] == [Open, Merge]


def test_a_silence_again_updates_and_opens_nothing() -> None:
    known = (live(1, "device:db-1:unreachable", covers=frozenset({"M53:check"})),)
    (found,) = decide(silence("db-1", abnormal("db-1", "M09")), known=known)
    assert isinstance(found, Update)
    assert found.raised is None
    assert found.covers == {"M53:check", "M09:check"}


def test_an_answer_resolves_the_silence() -> None:
    known = (live(1, "device:db-1:unreachable"),)
    (found,) = decide(sees("db-1"), known=known)
    assert isinstance(found, Resolve)
    assert found.why.text("en") == "db-1 answers again"


def test_when_the_root_is_back_one_still_silent_behind_it_is_its_own_cause() -> None:
    known = (live(1, "device:sw-1:unreachable", covers=frozenset({"app-1", "app-2"})),)
    decisions = decide(sees("sw-1"), silence("app-1"), sees("app-2"), known=known)
    assert opened(decisions) == ["device:app-1:unreachable"]
    assert [one.incident for one in decisions if isinstance(one, Resolve)] == [1]


@pytest.mark.parametrize(
    ("trouble", "what"),
    [
        (Trouble.REFUSED, "access"),
        (Trouble.UNREACHABLE, "access"),  # the host is there, the service is not
        (Trouble.TIMED_OUT, "slow"),
        (Trouble.GARBLED, "garbled"),
        (Trouble.TOO_LARGE, "garbled"),
    ],
)
def test_questions_left_unanswered_are_one_cause_per_way_of_failing(
    trouble: Trouble, what: str
) -> None:
    seen = sees("app-1", *(unanswered("app-1", trouble, item) for item in ("M17", "M18", "M19")))
    (found,) = decide(seen)
    assert isinstance(found, Open)
    assert found.finding.cause == f"device:app-1:{what}"
    assert found.finding.covers == {"M17:check", "M18:check", "M19:check"}


@pytest.mark.parametrize("trouble", [Trouble.NOT_CONFIGURED, Trouble.UNSUPPORTED])
def test_what_the_site_has_to_mend_is_no_incident(trouble: Trouble) -> None:
    assert decide(sees("app-1", unanswered("app-1", trouble))) == ()


def test_a_refused_login_is_over_when_its_questions_are_answered() -> None:
    known = (live(1, "device:app-1:access", covers=frozenset({"M19:check"})),)
    assert decide(sees("app-1", judged("app-1", "M53")), known=known) == ()
    (found,) = decide(sees("app-1", judged("app-1", "M19")), known=known)
    assert isinstance(found, Resolve)


def test_a_login_that_is_still_refused_for_other_checks_stays_open_for_those() -> None:
    known = (live(1, "device:app-1:access", covers=frozenset({"M19:check", "M17:check"})),)
    (found,) = decide(sees("app-1", judged("app-1", "M19")), known=known)
    assert isinstance(found, Cover)
    assert found.covers == {"M17:check"}


def test_another_way_of_failing_does_not_resolve_the_first() -> None:
    known = (live(1, "device:app-1:garbled", covers=frozenset({"M19:check"})),)
    decisions = decide(sees("app-1", unanswered("app-1", Trouble.REFUSED)), known=known)
    assert opened(decisions) == ["device:app-1:access"]
    assert not [one for one in decisions if isinstance(one, Resolve)]


def test_an_abnormal_check_is_a_cause_of_its_own() -> None:
    found = decide(sees("fw-1", abnormal("fw-1", "M44"), abnormal("fw-1", "M46")))
    assert opened(found) == ["item:fw-1:M44:check", "item:fw-1:M46:check"]


def test_one_look_that_stands_in_two_items_is_one_cause() -> None:
    both = [replace(abnormal("db-1", name), root="M39") for name in ("M10", "M39")]
    (found,) = decide(sees("db-1", *both))
    assert isinstance(found, Open)
    assert (found.finding.cause, found.finding.item) == ("item:db-1:M39:check", "M39")
    well = [replace(judged("db-1", name), root="M39") for name in ("M10", "M39")]
    known = (live(1, "item:db-1:M39:check"),)
    assert {type(one) for one in decide(sees("db-1", *well), known=known)} == {Resolve}


def test_an_abnormal_check_again_updates_the_sentence_and_counts() -> None:
    known = (live(1, "item:fw-1:M46:check", Severity.WARNING),)
    (found,) = decide(sees("fw-1", abnormal("fw-1", "M46")), known=known)
    assert isinstance(found, Update) and found.raised is None


def test_getting_worse_is_a_transition_and_getting_less_bad_is_not_a_recovery() -> None:
    warned = (live(1, "item:fw-1:M46:check", Severity.WARNING),)
    (worse,) = decide(sees("fw-1", abnormal("fw-1", "M46", Severity.CRITICAL)), known=warned)
    assert isinstance(worse, Update)
    assert (worse.severity, worse.raised) == (Severity.CRITICAL, Severity.WARNING)
    critical = (live(1, "item:fw-1:M46:check", Severity.CRITICAL),)
    (milder,) = decide(sees("fw-1", abnormal("fw-1", "M46")), known=critical)
    assert isinstance(milder, Update)
    assert (milder.severity, milder.raised) == (Severity.CRITICAL, None)


@pytest.mark.parametrize(
    ("state", "resolved"),
    [
        (State.NORMAL, True),
        (State.NOT_APPLICABLE, True),
        (State.UNKNOWN, False),
        (State.ABNORMAL, False),
    ],
)
def test_only_the_same_check_seen_well_resolves_a_finding(state: State, resolved: bool) -> None:
    known = (live(1, "item:fw-1:M46:check"),)
    decisions = decide(sees("fw-1", judged("fw-1", "M46", state)), known=known)
    assert any(isinstance(one, Resolve) for one in decisions) is resolved
    other = decide(sees("fw-1", judged("fw-1", "M44", state)), known=known)
    assert not any(isinstance(one, Resolve) for one in other)


def test_an_open_finding_stays_open_while_its_device_is_silent() -> None:
    known = (live(1, "item:db-1:M09:check"),)
    decisions = decide(silence("db-1", unanswered("db-1", Trouble.UNREACHABLE, "M09")), known=known)
    assert opened(decisions) == ["device:db-1:unreachable"]
    assert len(decisions) == 1


def test_a_device_that_could_not_be_asked_is_nobodys_incident() -> None:
    unasked = Sighting(device="app-1", site="site_primary", contact=None)
    assert decide(unasked, known=(live(1, "device:app-1:unreachable"),)) == ()


def test_a_storm_of_a_thousand_is_one_cause() -> None:
    storm = Topology({f"app-{n}": ("sw-1",) for n in range(1000)} | {"sw-1": ()})
    sightings = [silence("sw-1"), *(silence(f"app-{n}") for n in range(1000))]
    decisions = decide(*sightings, topology=storm)
    assert len(decisions) == 1
