"""The applications of the hotline: figures of a CTI, audio, and pages of services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

from checks.verdict import State
from collectors.parsers.figures import figures_of
from collectors.parsers.figures import state_of as centre_of
from collectors.parsers.linux import END
from collectors.parsers.pointed import NoSuchPlace, document, text_at
from collectors.parsers.sound import NotSound, heard, samples_of
from collectors.readings.application import (
    CallCentreState,
    MessageDelivery,
    RecognisedSpeech,
    SynthesisedSpeech,
)
from collectors.readings.base import Exchange
from collectors.sources.host import HostSession
from inventory.applications import Figures, StatusFile
from inventory.model import Kind
from lab.embedded import voice
from tests.collectors.hosts import now
from tests.fuzz.judged import (
    MEANS,
    NOBODY,
    SaidShell,
    driven,
    notebook,
    of_kind,
    state_of,
    state_of_answer,
)
from tests.fuzz.mutation import ANY_ORDER, cut, noise, nothing, upside_down
from tests.fuzz.target import Target

CTI: Final = of_kind(Kind.USM_CTI)
SPEECH: Final = of_kind(Kind.TTS_ASR)
MESSAGES: Final = of_kind(Kind.SMS)
PHRASE: Final = "您好热线"
FIGURES: Final = Figures(
    calls_online="/calls/online", agents_signed_in="/agents", queue_length="/queue",
    cti_link="/link", ivr="/ivr",
)  # fmt: skip
PAIRS: Final = Figures(calls_online="calls", queue_length="queue", ivr="ivr")
PAGE: Final = {"calls": {"online": 18}, "agents": 32, "queue": 1, "link": "up", "ivr": "up"}
MANAGER: Final = replace(
    CTI, status_file=StatusFile(path="/run/usm/status", format="pairs", figures=PAIRS)
)
LINES: Final = b"# now\nivr=up\nqueue=0\ncalls=18\n"


def _figures(form: str, wanted: Figures) -> Callable[[bytes], State | None]:
    def look(body: bytes) -> State | None:
        try:
            told = figures_of(body, form, wanted)
        except NoSuchPlace:
            return None
        seen = Exchange(protocol="http", asked="GET /", answer=body, at=now(), duration_ms=1)
        return state_of(centre_of(CTI, told, (seen,)), CTI)

    return look


def _status_file(raw: bytes) -> State | None:
    """By the host's session; the file was written a moment ago."""
    clock = int(now().timestamp())
    shell: Any = SaidShell((b"%d\n%d\n" % (clock, clock) + raw,))
    session = HostSession(MANAGER, MEANS, notebook(MANAGER), shell, 5.0)
    return state_of_answer(driven(session.ask(CallCentreState, NOBODY)), MANAGER)


def _audio(body: bytes) -> State | None:
    try:
        sound = heard(samples_of(body, "wav", voice.RATE))
    except NotSound:
        return None
    reading = SynthesisedSpeech(
        device=SPEECH.name, taken_at=now(), phrase=PHRASE, status=200, sound=sound
    )
    return state_of(reading, SPEECH)


def _recognised(body: bytes) -> State | None:
    try:
        text = text_at(document(body), "/result/text")
    except NoSuchPlace:
        return None
    reading = RecognisedSpeech(
        device=SPEECH.name, taken_at=now(), phrase=PHRASE, speaker="tts-1", status=200, heard=text
    )
    return state_of(reading, SPEECH)


def _delivered(body: bytes) -> State | None:
    try:
        word = text_at(document(body), "/state")
    except NoSuchPlace:
        return None
    outcome: Literal["delivered", "failed"] = "delivered" if word == "DELIVRD" else "failed"
    reading = MessageDelivery(
        device=MESSAGES.name, taken_at=now(), status=200, outcome=outcome, word=word,
        number="*********12", waited_s=1.0,
    )  # fmt: skip
    return state_of(reading, MESSAGES)


TARGETS: Final = (
    Target(
        name="cti: page",
        look=_figures("json", FIGURES),
        seeds=(json.dumps(PAGE, indent=1).encode(),),
        reads=(("cti", CallCentreState),),
        parses=(figures_of, document),
    ),
    Target(
        name="ssh: status file",
        look=_status_file,
        seeds=(LINES + f"{END}\n".encode(),),
        reads=(("ssh", CallCentreState),),
    ),
    # its last line may be cut inside a number, but never without its line end being missed
    Target(name="cti: status file", look=_figures("pairs", PAIRS), seeds=(LINES,),
           parses=(figures_of,), spoil=ANY_ORDER),
    Target(
        name="tts: audio",
        look=_audio,
        seeds=(voice.wav(voice.spoken(PHRASE)),),
        reads=(("tts", SynthesisedSpeech),),
        parses=(samples_of,),
        spoil=(cut, noise, nothing),
    ),
    Target(
        name="asr: page",
        look=_recognised,
        seeds=(json.dumps({"result": {"text": PHRASE}}, indent=1, ensure_ascii=False).encode(),),
        reads=(("asr", RecognisedSpeech),),
        parses=(document,),
        spoil=(cut, noise, nothing, upside_down),
    ),
    Target(
        name="sms: page",
        look=_delivered,
        seeds=(b'{\n"id": 7,\n"state": "DELIVRD"\n}',),
        reads=(("sms", MessageDelivery),),
        parses=(document,),
    ),
)  # fmt: skip
