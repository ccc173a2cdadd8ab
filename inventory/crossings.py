"""What one device's site data says of another: who speaks for a speech recognition, and who keeps
the records of a gateway's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from inventory.model import Device, Voice
from inventory.problems import nearest, shown
from inventory.records import CallFiles, RecordFiles
from phrases import Phrase, say


@dataclass(frozen=True, slots=True)
class Stray:
    """A name that leads nowhere: on which device, under which key, and why."""

    device: str
    path: tuple[str, ...]
    what: Phrase


def joined_up(devices: Iterable[Device]) -> tuple[Device, ...]:
    """Every device with what the others' site data says of it. A name that leads nowhere leaves
    its place empty; `strays` complains of it."""
    known = {one.name: one for one in devices}
    kept = _kept(known.values())
    return tuple(
        replace(one, voice=_voice(one, known), keeps_calls=kept.get(one.name, ()))
        for one in known.values()
    )


def strays(devices: Iterable[Device]) -> Iterator[Stray]:
    """Names of devices that do not exist, or cannot do what is wanted of them."""
    known = {one.name: one for one in devices}
    for device in known.values():
        asr = device.access.asr
        if asr is not None and asr.spoken_by is not None:
            speaker = ("asr", "spoken_by")
            yield from _stray(device, speaker, asr.spoken_by, known, _speaks, _mute(asr.spoken_by))
        for counted, files in _call_files(device):
            path = ("traffic", counted, "keeper")
            yield from _stray(
                device, path, files.keeper, known, _has_shell, _no_shell(files.keeper)
            )


def _stray(
    device: Device,
    path: tuple[str, ...],
    name: str,
    known: Mapping[str, Device],
    able: Callable[[Device], bool],
    unable: Phrase,
) -> Iterator[Stray]:
    if name in known:
        if not able(known[name]):
            yield Stray(device.name, path, unable)
        return
    what = say("names the device “{name}”, which does not exist", name=shown(name))
    close = nearest(name, known.keys())
    if close is not None:
        what = say("{what}; the nearest is “{nearest}”", what=what, nearest=close)
    yield Stray(device.name, path, what)


def _speaks(device: Device) -> bool:
    return device.access.tts is not None


def _has_shell(device: Device) -> bool:
    return device.access.ssh is not None


def _mute(name: str) -> Phrase:
    return say("names “{name}”, which has no “tts”", name=shown(name))


def _no_shell(name: str) -> Phrase:
    return say("names “{name}”, which has no “ssh”", name=shown(name))


def _voice(device: Device, known: Mapping[str, Device]) -> Voice | None:
    asr = device.access.asr
    if asr is None:
        return None
    speaker = known.get(asr.spoken_by or device.name)
    if speaker is None or speaker.access.tts is None:
        return None
    return Voice(device=speaker.name, address=speaker.address, access=speaker.access.tts)


def _call_files(device: Device) -> Iterator[tuple[str, CallFiles]]:
    if device.traffic is not None:
        yield "records", device.traffic.records
        if device.traffic.cti is not None:
            yield "cti", device.traffic.cti


def _kept(devices: Iterable[Device]) -> Mapping[str, tuple[RecordFiles, ...]]:
    """What each keeper keeps, by its name."""
    found: dict[str, tuple[RecordFiles, ...]] = {}
    for device in devices:
        traffic = device.traffic
        if traffic is None:
            continue
        records = RecordFiles(owner=device.name, counted="records", files=traffic.records)
        found[traffic.records.keeper] = (*found.get(traffic.records.keeper, ()), records)
        if traffic.cti is not None:
            counted = RecordFiles(owner=device.name, counted="cti", files=traffic.cti)
            found[traffic.cti.keeper] = (*found.get(traffic.cti.keeper, ()), counted)
    return found
