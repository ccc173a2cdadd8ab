"""The contract's metrics in Prometheus' words: names and labels are relied on and stay."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collectors.intake.model import LOST, Outcome, Receiver
from incidents.intake_records import REJECTED
from lineguard import clock
from lineguard.figures import Figures, figures
from lineguard.intaking import set_up

if TYPE_CHECKING:
    from lineguard.wiring import Station

UNNAMED: Final = "local"
"""What a site without a name is called in the label `site`."""
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
READABLE: Final = 0o644
"""node_exporter runs as another user; the file holds numbers and names of devices, no secret."""

Samples = Iterable[tuple[tuple[str, ...], float]]
"""Values by the values of their labels."""

HELP: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "lineguard_check_state": (
        "Last result of an item: 0 normal, 1 warning, 2 critical, 3 unknown.",
        ("item", "device", "site"),
    ),
    "lineguard_check_value": ("What a check measured last.", ("item", "device", "measure")),
    "lineguard_slots_due": ("Slots of the schedule that are open.", ()),
    "lineguard_slots_overdue": ("Slots whose time is over and that nobody worked.", ()),
    "lineguard_round_duration_seconds": ("How long the last finished round took.", ()),
    "lineguard_round_last_success_timestamp_seconds": ("When a round last finished.", ()),
    "lineguard_incidents_open": ("Incidents that are not resolved.", ("severity",)),
    "lineguard_incident_clock_remaining_seconds": (
        "What a clock of the contract has left; negative when it has run out.",
        ("incident", "clock"),
    ),
    "lineguard_notifications_total": (
        "Attempts to tell somebody something.",
        ("channel", "outcome"),
    ),
    "lineguard_logbook_entries_total": ("Entries of the logbook.", ()),
    "lineguard_heartbeat_timestamp_seconds": (
        "When somebody last gave a sign of life; our own is that of the last tick.",
        ("site",),
    ),
    "lineguard_watch_last_seen_timestamp_seconds": (
        "When a device was last reached between rounds.",
        ("device",),
    ),
    "lineguard_intake_received_total": (
        "Traps, logs and alerts that came for a receiver, whatever became of them.",
        ("receiver",),
    ),
    "lineguard_intake_stored_total": ("Those that were stored.", ("receiver",)),
    "lineguard_intake_dropped_total": (
        "Those that were lost: in the system's buffer, in our queue, when we were killed.",
        ("receiver", "reason"),
    ),
    "lineguard_intake_rejected_total": (
        "Those that were not kept because of what they were or who sent them.",
        ("receiver", "reason"),
    ),
}
"""What is exported so far of the contract's list; lines, workloads and the failover come with what
they speak of. The intake's are ours."""
REASONS: Final[Mapping[Outcome, str]] = {
    Outcome.LOST_IN_KERNEL: "kernel", Outcome.LOST_IN_QUEUE: "queue",
    Outcome.LOST_IN_CRASH: "crash",
} | {one: one.value for one in REJECTED}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gauges(Collector):
    """Reads the figures anew whenever it is asked."""

    station: Station

    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` wants it. Raises `StoreTrouble`."""
        settings = self.station.settings
        own = settings.site.name or UNNAMED
        with self.station.store.read() as tx:
            found = figures(tx, clock.now(), own, frozenset(settings.heartbeat.expect_s))
        yield from families(found)
        yield from intake_families(found.intake, set_up(settings.intake))


def families(found: Figures) -> Iterator[Metric]:
    """The figures under their names. What there are no figures of has no sample."""
    state = _gauge("lineguard_check_state")
    value = _gauge("lineguard_check_value")
    for one in found.checks:
        state.add_metric((one.item, one.device, one.site), one.state)
        for measure, number in one.values:
            value.add_metric((one.item, one.device, measure), number)
    yield state
    yield value
    yield _single("lineguard_slots_due", found.due)
    yield _single("lineguard_slots_overdue", found.overdue)
    yield _single("lineguard_round_duration_seconds", found.round_duration_s)
    success = found.round_success.timestamp() if found.round_success else None
    yield _single("lineguard_round_last_success_timestamp_seconds", success)
    yield _labelled("lineguard_incidents_open", _by_one(found.incidents))
    clocks = (((str(number), name), left) for number, name, left in found.clocks)
    yield _labelled("lineguard_incident_clock_remaining_seconds", clocks)
    yield _counter("lineguard_notifications_total", found.notifications.items())
    yield _counter("lineguard_logbook_entries_total", [((), found.entries)])
    beats = {name: at.timestamp() for name, at in found.heartbeats.items()}
    yield _labelled("lineguard_heartbeat_timestamp_seconds", _by_one(beats))
    seen = {name: at.timestamp() for name, at in found.seen.items()}
    yield _labelled("lineguard_watch_last_seen_timestamp_seconds", _by_one(seen))


def intake_families(
    told: Mapping[tuple[Receiver, Outcome], int], listening: Iterable[Receiver]
) -> Iterator[Metric]:
    """What became of what devices said unasked. A receiver that listens has every sample from the
    first on, so that the first loss is an increase."""
    receivers = [one for one in Receiver if one in {*listening, *(name for name, _way in told)}]

    def of(*ways: Outcome) -> Samples:
        return [((one.value,), sum(told.get((one, way), 0) for way in ways)) for one in receivers]

    def by_reason(*ways: Outcome) -> Samples:
        return [
            ((one.value, REASONS[way]), told.get((one, way), 0))
            for one in receivers
            for way in ways
        ]

    yield _counter("lineguard_intake_received_total", of(Outcome.STORED, *LOST, *REJECTED))
    yield _counter("lineguard_intake_stored_total", of(Outcome.STORED))
    yield _counter("lineguard_intake_dropped_total", by_reason(*LOST))
    yield _counter("lineguard_intake_rejected_total", by_reason(*REJECTED))


def _by_one(values: Mapping[str, float]) -> Samples:
    """Samples with one label."""
    return [((name,), value) for name, value in values.items()]


def _gauge(name: str) -> GaugeMetricFamily:
    says, labels = HELP[name]
    return GaugeMetricFamily(name, says, labels=labels)


def _single(name: str, value: float | None) -> Metric:
    family = _gauge(name)
    if value is not None:
        family.add_metric((), value)
    return family


def _labelled(name: str, values: Samples) -> Metric:
    family = _gauge(name)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _counter(name: str, values: Samples) -> Metric:
    says, labels = HELP[name]
    family = CounterMetricFamily(name, says, labels=labels)
    for own, value in values:
        family.add_metric(own, value)
    return family


def page(station: Station) -> bytes:
    """The text of /metrics. Raises `StoreTrouble`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Gauges(station))
    return generate_latest(registry)


def write_textfile(target: Path, text: bytes) -> None:
    """For node_exporter's textfile collector: whole or not at all. Raises `OSError`."""
    # Its name ends otherwise, so that the collector never reads a part.
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(READABLE)
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
