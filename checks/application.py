"""Judges for speech and text messages: M56."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.readings.application import (
    MessageDelivery,
    RecognisedSpeech,
    Sound,
    SynthesisedSpeech,
)
from inventory.model import Device, Kind
from phrases import Phrase, joined, say

GOOD: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechLimits:
    """What synthesised speech must be like; ours, measured on real synthesis (docs/speech.md).

    `speech_level` is in dB below full scale, the percentages are of samples, frames and full scale.
    News is read at 4 to 5 characters a second, a fast announcement at 7: the rates bound a voice
    that swallows half of its text or does not come to its end.
    """

    speech_level: float = -40.0
    speech_clipped_percent: float = 1.0
    speech_silent_percent: float = 70.0
    speech_offset_percent: float = 5.0
    speech_slowest: float = 1.5
    speech_fastest: float = 10.0
    speech_level_variation: float = 0.25
    speech_crossing_variation: float = 0.2


def judge_synthesis(reading: SynthesisedSpeech, limits: SpeechLimits, device: Device) -> Verdict:
    """Every way in which the audio is no speech; none: it sounds."""
    if reading.sound is None:
        return _refused(reading.status, device)
    faults = tuple(_faults(reading.sound, _spoken_characters(reading.phrase), limits, device))
    if faults:
        return abnormal(
            joined(faults), severity=Severity.CRITICAL,
            measured=round(reading.sound.level_dbfs, 1),
            expected=f">= {limits.speech_level:g}", unit="dBFS",
        )  # fmt: skip
    return normal(
        say(
            "{device}: its voice spoke {characters} characters in {seconds:.1f} s "
            "at {level:.0f} dB",
            device=device.name, characters=_spoken_characters(reading.phrase),
            seconds=reading.sound.seconds, level=reading.sound.level_dbfs,
        ),
        measured=round(reading.sound.level_dbfs, 1),
        expected=f">= {limits.speech_level:g}", unit="dBFS",
    )  # fmt: skip


def _faults(
    sound: Sound, characters: int, limits: SpeechLimits, device: Device
) -> Iterator[Phrase]:
    """Silence first: of what is silent nothing else can be said."""
    name = device.name
    if sound.level_dbfs < limits.speech_level:
        yield say("{device}: the synthesised audio is silent: {level:.0f} dB, limit {limit:g} dB",
                  device=name, level=sound.level_dbfs, limit=limits.speech_level)  # fmt: skip
        return
    if sound.clipped_percent > limits.speech_clipped_percent:
        yield say("{device}: the synthesised audio is distorted: {part:.1f} % of it at full scale, "
                  "limit {limit:g} %",
                  device=name, part=sound.clipped_percent,
                  limit=limits.speech_clipped_percent)  # fmt: skip
    if sound.silent_percent > limits.speech_silent_percent:
        yield say("{device}: {part:.0f} % of the synthesised audio is silence, limit {limit:g} %",
                  device=name, part=sound.silent_percent,
                  limit=limits.speech_silent_percent)  # fmt: skip
    if sound.offset_percent > limits.speech_offset_percent:
        yield say("{device}: the synthesised audio is shifted by {part:.1f} % of full scale, "
                  "limit {limit:g} %",
                  device=name, part=sound.offset_percent,
                  limit=limits.speech_offset_percent)  # fmt: skip
    yield from _pace(sound, characters, limits, name)
    moves = sound.level_variation >= limits.speech_level_variation
    if not moves or sound.crossing_variation < limits.speech_crossing_variation:
        yield say("{device}: the synthesised audio is a tone or a noise, no speech", device=name)


def _pace(sound: Sound, characters: int, limits: SpeechLimits, name: str) -> Iterator[Phrase]:
    rate = characters / sound.seconds
    if not limits.speech_slowest <= rate <= limits.speech_fastest:
        yield say("{device}: {characters} characters spoken in {seconds:.1f} s, that is {rate:.1f} "
                  "a second; {slowest:g} to {fastest:g} are speech",
                  device=name, characters=characters, seconds=sound.seconds, rate=rate,
                  slowest=limits.speech_slowest, fastest=limits.speech_fastest)  # fmt: skip


def _refused(status: int, device: Device) -> Verdict:
    return abnormal(
        say("{device}: its speech service answers with HTTP status {status}",
            device=device.name, status=status),
        severity=Severity.CRITICAL, measured=status, expected="2xx",
    )  # fmt: skip


# --- recognition ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionLimits:
    """So many percent of the characters may be wrong: replaced, left out or added."""

    speech_wrong_percent: float = 20.0


def judge_recognition(
    reading: RecognisedSpeech, limits: RecognitionLimits, device: Device
) -> Verdict:
    """How much of the phrase came back."""
    if reading.heard is None:
        return _refused(reading.status, device)
    said, got = spoken(reading.phrase), spoken(reading.heard)
    if not said:
        return unknown(say("{device}: the phrase has nothing to recognise", device=device.name))
    wrong = 100 * distance(said, got) / len(said)
    expected, percent = f"<= {limits.speech_wrong_percent:g}", round(wrong, 1)
    if wrong > limits.speech_wrong_percent:
        return abnormal(
            say("{device}: {wrong:.0f} % of the characters that {speaker} spoke were not "
                "recognised, limit {limit:g} %; what was heard: “{heard}”",
                device=device.name, wrong=wrong, speaker=reading.speaker,
                limit=limits.speech_wrong_percent, heard=reading.heard),
            severity=Severity.CRITICAL, measured=percent, expected=expected, unit="%",
        )  # fmt: skip
    return normal(
        say("{device}: recognised what {speaker} spoke, {wrong:.0f} % of the characters wrong, "
            "limit {limit:g} %",
            device=device.name, speaker=reading.speaker, wrong=wrong,
            limit=limits.speech_wrong_percent),
        measured=percent, expected=expected, unit="%",
    )  # fmt: skip


COMPARED: Final = 500
"""Characters of a text that are compared: the work grows with the square."""

DIGITS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
"""A recognition may write 12345 for 一二三四五, which is no mistake."""


def spoken(text: str) -> str:
    """What of a text is heard: no punctuation, no blanks, one width, one case, digits as words."""
    folded = unicodedata.normalize("NFKC", text[:COMPARED]).casefold().translate(DIGITS)
    return "".join(one for one in folded if unicodedata.category(one)[0] in "LN")


def _spoken_characters(phrase: str) -> int:
    return len(spoken(phrase))


def distance(first: str, second: str) -> int:
    """Characters to replace, leave out or add (Levenshtein 1966), in two rows."""
    before = list(range(len(second) + 1))
    for row, one in enumerate(first, 1):
        now = [row]
        for column, other in enumerate(second, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (one != other)))
        before = now
    return before[-1]


# --- text messages ---


def judge_message(reading: MessageDelivery, limits: NoLimits, device: Device) -> Verdict:
    """Delivered is well; what is still under way when the time is over is not."""
    if reading.outcome == "delivered":
        return normal(
            say("{device}: the test message to {number} was delivered in {seconds:.0f} s",
                device=device.name, number=reading.number, seconds=reading.waited_s),
            measured=round(reading.waited_s, 1), unit="s",
        )  # fmt: skip
    return abnormal(_undelivered(reading, device), severity=Severity.CRITICAL,
                    measured=reading.word or reading.status, expected="delivered")  # fmt: skip


def _undelivered(reading: MessageDelivery, device: Device) -> Phrase:
    if reading.outcome == "refused":
        return say("{device}: the gateway took no test message, HTTP status {status}",
                   device=device.name, status=reading.status)  # fmt: skip
    if reading.outcome == "failed":
        return say("{device}: the test message to {number} was not delivered, its state is "
                   "“{word}”",
                   device=device.name, number=reading.number, word=reading.word)  # fmt: skip
    return say("{device}: the test message to {number} was not delivered within {seconds:.0f} s, "
               "its state is “{word}”",
               device=device.name, number=reading.number, seconds=reading.waited_s,
               word=reading.word)  # fmt: skip


def _synthesises(device: Device) -> bool:
    return device.access.tts is not None or device.access.asr is None


def _recognises(device: Device) -> bool:
    return device.access.asr is not None


SYNTHESIS: Final = Check(
    name="synthesis",
    reads=SynthesisedSpeech,
    judge=judge_synthesis,
    limits=SpeechLimits(),
    kinds=frozenset({Kind.TTS_ASR}),
    where=_synthesises,
)
RECOGNITION: Final = Check(
    name="recognition",
    reads=RecognisedSpeech,
    judge=judge_recognition,
    limits=RecognitionLimits(),
    kinds=frozenset({Kind.TTS_ASR}),
    where=_recognises,
)
MESSAGE: Final = Check(
    name="message",
    reads=MessageDelivery,
    judge=judge_message,
    limits=NoLimits(),
    kinds=frozenset({Kind.SMS}),
    rounds_only=True,
)
