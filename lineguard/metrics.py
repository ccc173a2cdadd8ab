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

from lineguard import clock
from lineguard.figures import Figures, figures

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
}
"""What is exported so far of the contract's list; lines, workloads and the failover come with what
they speak of."""


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
