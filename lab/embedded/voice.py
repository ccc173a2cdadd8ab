"""A voice that can be understood again: each character becomes one syllable of sound.

It is no language, but it moves as speech does: a burst of breath, four vowels that swell and fade,
a pause. The four vowels are the four hexadecimal digits of the character's code point, which is how
the practice site's recognition reads it back out of the sound alone.
"""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from collections.abc import Sequence
from functools import cache
from typing import Final

RATE: Final = 8_000
BREATH: Final = 320
VOWEL: Final = 320
PAUSE: Final = 240
SYLLABLE: Final = BREATH + 4 * VOWEL + PAUSE
"""In samples: 40 ms, 4 times 40 ms, 30 ms; 4.3 syllables a second."""
LOUD: Final = 12_000
BREATH_LOUD: Final = 3_000
LOWEST_HZ: Final = 300.0
STEP_HZ: Final = 150.0
DIGITS: Final = 16
HEARD: Final = 100_000.0
"""Mean power of a vowel below which nothing is heard."""


@cache
def spoken(text: str) -> tuple[int, ...]:
    """The samples of a text, the same every time."""
    chance = random.Random(text)  # noqa: S311  (breath, not secrecy)
    samples: list[int] = []
    for one in text:
        samples += (round(chance.gauss(0, BREATH_LOUD)) for _ in range(BREATH))
        for shift in (12, 8, 4, 0):
            samples += _vowel((ord(one) >> shift) % DIGITS)
        samples += [0] * PAUSE
    return tuple(max(-32_000, min(32_000, one)) for one in samples)


@cache
def _vowel(digit: int) -> tuple[int, ...]:
    turn = 2 * math.pi * (LOWEST_HZ + STEP_HZ * digit) / RATE
    swell = [math.sin(math.pi * at / VOWEL) for at in range(VOWEL)]
    return tuple(round(LOUD * swell[at] * math.sin(turn * at)) for at in range(VOWEL))


def understood(samples: Sequence[int]) -> str:
    """The text of such samples; a syllable that cannot be made out is left out."""
    starts = range(0, len(samples) - SYLLABLE + 1, SYLLABLE)
    codes = (_code(samples[at + BREATH : at + SYLLABLE - PAUSE]) for at in starts)
    return "".join(chr(code) for code in codes if code)


def _code(vowels: Sequence[int]) -> int:
    code = 0
    for at in range(0, 4 * VOWEL, VOWEL):
        part = vowels[at : at + VOWEL]
        if sum(one * one for one in part) / VOWEL < HEARD:
            return 0
        code = code * DIGITS + max(range(DIGITS), key=lambda digit: _power(part, digit))
    return 0 if 0xD800 <= code < 0xE000 else code


def _power(part: Sequence[int], digit: int) -> float:
    """Of one frequency in a part (Goertzel 1958)."""
    twice = 2 * math.cos(2 * math.pi * (LOWEST_HZ + STEP_HZ * digit) / RATE)
    last = before = 0.0
    for one in part:
        last, before = one + twice * last - before, last
    return last * last + before * before - twice * last * before


def wav(samples: Sequence[int]) -> bytes:
    """A WAV file of them."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def of_wav(content: bytes) -> tuple[int, ...]:
    """The samples of a WAV file. Raises `wave.Error`, `EOFError`."""
    with wave.open(io.BytesIO(content)) as read:
        frames = read.readframes(read.getnframes())
    return struct.unpack(f"<{len(frames) // 2}h", frames)
