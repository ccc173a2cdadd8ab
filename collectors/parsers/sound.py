"""Audio as facts: is there sound in it, and does it move as speech does? Pure, in bounded time.

Only 16 bit linear PCM is read; every other shape, and every contradiction, is `NotSound`.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final, Literal

from collectors.readings.application import Sound

FULL_SCALE: Final = 32_768
FRAME_S: Final = 0.02
"""20 ms, the frame of speech coding: long enough for a pitch period, short enough for a sound."""
SHORTEST_S: Final = 0.1
LONGEST_S: Final = 60.0
RATES: Final = range(8_000, 48_001)
CHANNELS: Final = (1, 2)
SAMPLE_BYTES: Final = 2
SILENT_DBFS: Final = -50.0
"""A frame below is silence: quantisation and line noise lie lower, the softest speech higher."""
SILENT_LEVEL: Final = FULL_SCALE * 10 ** (SILENT_DBFS / 20)
CLIPPED: Final = 32_767
"""A sample at full scale."""
FLOOR_DBFS: Final = -120.0
"""What stands for the level of digital silence, whose logarithm there is none of."""

PCM: Final = 1
EXTENSIBLE: Final = 0xFFFE
"""WAVE_FORMAT_PCM and _EXTENSIBLE, of which the first two bytes of the sub-format count."""
CHUNKS_LIMIT: Final = 64


class NotSound(ValueError):
    """These bytes are no audio that is understood."""


@dataclass(frozen=True, slots=True)
class Samples:
    """One channel of signed 16 bit samples."""

    rate: int
    values: Sequence[int]


def samples_of(content: bytes, shape: Literal["wav", "pcm", "l16"], rate: int) -> Samples:
    """The samples of an audio; of a stereo one, those of the left channel. Raises `NotSound`."""
    if shape == "wav":
        samples = _riff(content)
    else:
        samples = Samples(rate, _words(content, big=shape == "l16"))
    seconds = len(samples.values) / samples.rate
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise NotSound(f"{seconds:.2f} s")
    return samples


def _words(content: bytes, *, big: bool) -> array[int]:
    if len(content) % SAMPLE_BYTES:
        raise NotSound("half a sample at its end")
    words = array("h")
    words.frombytes(content)
    if big is not (sys.byteorder == "big"):
        words.byteswap()
    return words


# --- RIFF, as Microsoft's "Multimedia Programming Interface" (1991) and RFC 2361 have it ---


def _riff(content: bytes) -> Samples:
    """A RIFF file whose sizes agree with what is there: one cut short is refused."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise NotSound("no RIFF of WAVE")
    (size,) = struct.unpack_from("<I", content, 4)
    if size + 8 != len(content):
        raise NotSound("its size is not what it says")
    chunks = _chunks(content)
    rate, channels = _format(chunks.get(b"fmt ", b""))
    words = _words(chunks.get(b"data", b""), big=False)
    if len(words) % channels:
        raise NotSound("half a frame at its end")
    return Samples(rate, words[::channels])


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """The chunks by name; each name once, each whole."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at < len(content):
        if at + 8 > len(content) or len(found) == CHUNKS_LIMIT:
            raise NotSound("its chunks do not end")
        name = content[at : at + 4]
        (size,) = struct.unpack_from("<I", content, at + 4)
        if name in found or at + 8 + size > len(content):
            raise NotSound("a chunk stands twice, or is cut short")
        found[name] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def _format(chunk: bytes) -> tuple[int, int]:
    """Rate and channels."""
    if len(chunk) < 16:
        raise NotSound("no format")
    kind, channels, rate, per_second, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == EXTENSIBLE and len(chunk) >= 26:
        (kind,) = struct.unpack_from("<H", chunk, 24)
    plain = kind == PCM and bits == 8 * SAMPLE_BYTES and channels in CHANNELS and rate in RATES
    if not plain or block != channels * SAMPLE_BYTES or per_second != rate * block:
        raise NotSound("no 16 bit PCM")
    return rate, channels


# --- what the samples say ---


def heard(samples: Samples) -> Sound:
    """The facts. Takes about 0.1 s of a processor for 30 s of audio."""
    values, count = samples.values, len(samples.values)
    step = max(1, round(samples.rate * FRAME_S))
    frames = [values[at : at + step] for at in range(0, count - step + 1, step)]
    levels = [_level(frame) for frame in frames]
    loud = [frame for frame, level in zip(frames, levels, strict=True) if level >= SILENT_LEVEL]
    clipped = sum(1 for one in values if one >= CLIPPED or one <= -CLIPPED)
    return Sound(
        seconds=count / samples.rate,
        rate=samples.rate,
        level_dbfs=_dbfs(_level(values)),
        clipped_percent=100 * clipped / count,
        silent_percent=100 * (len(frames) - len(loud)) / len(frames),
        offset_percent=100 * abs(sum(values)) / count / FULL_SCALE,
        level_variation=_variation(levels),
        crossing_variation=_variation([_crossings(frame) for frame in loud]),
    )


def _level(values: Sequence[int]) -> float:
    return math.sqrt(sum(map(mul, values, values)) / len(values))


def _dbfs(level: float) -> float:
    return max(FLOOR_DBFS, 20 * math.log10(level / FULL_SCALE)) if level else FLOOR_DBFS


def _crossings(frame: Sequence[int]) -> float:
    """How often the sign changes, beside the frame's own mean."""
    middle = sum(frame) / len(frame)
    above = [one > middle for one in frame]
    return float(sum(map(bool.__xor__, above, above[1:])))


def _variation(values: Sequence[float]) -> float:
    """Standard deviation / mean; 0 for nothing, and for what is always the same."""
    if not values:
        return 0.0
    mean = sum(values) / len(values)
    if mean == 0:
        return 0.0
    return math.sqrt(sum((one - mean) ** 2 for one in values) / len(values)) / mean
