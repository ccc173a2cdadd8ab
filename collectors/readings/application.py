"""The applications of the hotline: synthesised and recognised speech, text messages, the CTI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collectors.readings.base import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What the samples of an audio say; none of it is a matter of opinion.

    `level_dbfs` is the RMS level below full scale (0 = a full-scale square wave), of all channels'
    first. Percentages are of samples (`clipped`), of 20 ms frames (`silent`) or of full scale
    (`offset`, the mean, without its sign). The two variations are standard deviation / mean over
    frames, of their level and, among the loud ones, of their zero crossings: speech comes in
    syllables of changing colour, a tone or a hiss does not.
    """

    seconds: float
    rate: int
    level_dbfs: float
    clipped_percent: float
    silent_percent: float
    offset_percent: float
    level_variation: float
    crossing_variation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisedSpeech(Reading):
    """What came of having `phrase` spoken. `sound` is None where the status is no success."""

    phrase: str
    status: int
    sound: Sound | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedSpeech(Reading):
    """What was understood of `phrase`, spoken by the device `speaker`. `heard` is None where the
    status is no success; an empty text means that nothing was understood."""

    phrase: str
    speaker: str
    status: int
    heard: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivery(Reading):
    """What became of one test message. `word` is the gateway's own for its last state, empty where
    it took no message. `number` is masked."""

    status: int
    outcome: Literal["refused", "delivered", "failed", "under_way"]
    word: str
    number: str
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCentreState(Reading):
    """What the CTI, or a session manager, tells of itself now. None: it does not tell that, as the
    site's data say; `calls_online` is always told. `link` and `ivr` are its own words."""

    calls_online: int
    agents_signed_in: int | None = None
    queue_length: int | None = None
    link: str | None = None
    link_up: bool | None = None
    ivr: str | None = None
    ivr_up: bool | None = None
