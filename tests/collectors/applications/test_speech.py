"""A phrase is spoken and its sound is looked at; it is recognised again, or it is not."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.judging import Judgement
from checks.verdict import State
from collectors.parsers.sound import NotSound, heard, samples_of
from collectors.readings import Trouble
from lab.embedded import voice
from lab.embedded.applications import AsrData, TtsData, asr_answers, tts_answers
from lab.embedded.web_service import Asked, Said
from tests.collectors.applications.peers import asr, judged, of, serving, tts
from tests.tiers import count
from tests.witness import shown

PHRASE = "您好，这里是一二三四五政务服务便民热线，请问有什么可以帮您？"
RATE = 8_000


async def spoken(body: bytes, status: int = 200, **options: object) -> Judgement:
    """The judgement of a service that answers so."""
    async with serving(lambda _: Said(body, "audio/wav", status)) as service:
        (found,) = await judged("M56", of("tts-1", "tts_asr", tts=tts(service.port, **options)))
    return found


async def recognised(data: AsrData, speech: TtsData | None = None) -> Judgement:
    async with (
        serving(tts_answers(speech or TtsData())) as speaker,
        serving(asr_answers(data)) as listener,
    ):
        target = of("asr-1", "tts_asr", asr=asr(listener.port, spoken_by="tts-1"))
        other = of("tts-1", "tts_asr", tts=tts(speaker.port))
        (found,) = await judged("M56", target, other)
    return found


def said(found: Judgement) -> str:
    return found.verdict.sentence.text("en")


async def test_a_voice_is_normal_and_its_audio_is_the_evidence() -> None:
    found = shown(await spoken(voice.wav(voice.spoken(PHRASE))), "practice speech synthesis")
    assert found.verdict.state is State.NORMAL, said(found)
    assert found.exchanges[0].answer == voice.wav(voice.spoken(PHRASE))


async def test_the_phrase_cannot_change_the_shape_of_the_request() -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Said:
        asked.append(request)
        return Said(voice.wav(voice.spoken(PHRASE)))

    phrase = 'x", "voice": "{phrase}" & <b>&text=1'
    async with serving(answer) as service:
        for options in (
            {"body": '{"text": "{phrase}", "n": [1, "{phrase}"]}'},
            {"body": "text={phrase}&n=1", "encoding": "form"},
            {"method": "GET", "path": "/tts?text={phrase}", "body": None},
        ):
            access = tts(service.port, phrase=phrase, **options)
            await judged("M56", of("tts-1", "tts_asr", tts=access))
    assert json.loads(asked[0].body) == {"text": phrase, "n": [1, phrase]}
    assert asked[1].body.count(b"&") == 1
    assert asked[2].target.count("&") == 0 and asked[2].method == "GET"


def tone(hz: float = 440.0, seconds: float = 7.0, level: float = 8_000) -> list[int]:
    count = round(seconds * RATE)
    return [round(level * math.sin(2 * math.pi * hz * at / RATE)) for at in range(count)]


LOUD = [max(-32_768, min(32_767, one * 9)) for one in voice.spoken(PHRASE)]
SHIFTED = [one // 3 + 5_000 for one in voice.spoken(PHRASE)]
NOISE = [((at * 1_103_515_245 + 12_345) >> 8) % 16_000 - 8_000 for at in range(7 * RATE)]


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([0] * 7 * RATE, "silent"),
        ([3] * 7 * RATE, "silent"),
        (tone(), "a tone or a noise"),
        ([one if at // RATE % 2 else 0 for at, one in enumerate(tone())], "a tone or a noise"),
        (NOISE, "a tone or a noise"),
        (LOUD, "distorted"),
        (SHIFTED, "shifted"),
        (voice.spoken("您好"), "a second"),
        (voice.spoken(PHRASE) * 5, "a second"),
        ([*voice.spoken(PHRASE[:12]), *[0] * 8 * RATE], "is silence"),
    ],
    ids=["zero", "hum", "tone", "beeps", "noise", "clipped", "offset", "short", "long", "pause"],
)
async def test_what_is_no_speech_is_abnormal(samples: list[int], words: str) -> None:
    found = shown(await spoken(voice.wav(samples)), "practice speech synthesis")
    assert found.verdict.state is State.ABNORMAL
    assert words in said(found)


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_service_that_refuses_is_abnormal(status: int) -> None:
    found = await spoken(b"", status)
    assert (found.verdict.state, f"status {status}" in said(found)) == (State.ABNORMAL, True)


GOOD = voice.wav(voice.spoken(PHRASE))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"RIFF",
        b"<html>sorry</html>",
        GOOD[:-2],
        GOOD[: len(GOOD) // 2],
        GOOD + b"\0\0",
        GOOD[:44],
        GOOD[:20] + struct.pack("<H", 7) + GOOD[22:],
        GOOD[:22] + struct.pack("<H", 0) + GOOD[24:],
        GOOD[:24] + struct.pack("<I", 0) + GOOD[28:],
        GOOD[:40] + struct.pack("<I", 2**32 - 1) + GOOD[44:],
        GOOD[:34] + struct.pack("<H", 8) + GOOD[36:],
    ],
    ids=range(12),
)
async def test_what_is_no_whole_audio_is_unknown(body: bytes) -> None:
    found = shown(await spoken(body), "practice speech synthesis")
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.GARBLED)


async def test_audio_without_end_is_cut_off() -> None:
    async with serving(lambda _: Said(GOOD)) as service:
        target = of("tts-1", "tts_asr", tts=tts(service.port))
        (found,) = await judged("M56", target, answer_limit=len(GOOD) - 1)
    assert found.trouble is Trouble.TOO_LARGE


@pytest.mark.parametrize("shape", ["pcm", "l16"])
async def test_bare_samples_and_base64_in_json_are_read_too(shape: str) -> None:
    samples = voice.spoken(PHRASE)
    order = "<" if shape == "pcm" else ">"
    bare = struct.pack(f"{order}{len(samples)}h", *samples)
    found = await spoken(bare, audio=shape, rate=RATE)
    assert found.verdict.state is State.NORMAL, said(found)
    page = json.dumps({"data": [{"audio": base64.b64encode(bare).decode()}]}).encode()
    found = await spoken(page, audio=shape, rate=RATE, pointer="/data/0/audio")
    assert found.verdict.state is State.NORMAL, said(found)
    found = await spoken(page, audio=shape, rate=RATE, pointer="/data/1/audio")
    assert found.trouble is Trouble.GARBLED


async def test_samples_in_the_wrong_order_are_no_speech() -> None:
    samples = voice.spoken(PHRASE)
    bare = struct.pack(f">{len(samples)}h", *samples)
    found = await spoken(bare, audio="pcm", rate=RATE)
    assert found.verdict.state is State.ABNORMAL


async def test_a_server_without_site_data_is_told_which_key_it_needs() -> None:
    (found,) = await judged("M56", of("tts-1", "tts_asr"))
    assert found.trouble is Trouble.NOT_CONFIGURED
    assert "tts" in said(found)


async def test_what_was_spoken_is_recognised() -> None:
    found = shown(await recognised(AsrData()), "practice speech recognition")
    assert found.verdict.state is State.NORMAL, said(found)
    assert said(found) == (
        "asr-1: recognised what tts-1 spoke, 0 % of the characters wrong, limit 20 %"
    )


async def test_punctuation_width_and_digits_are_no_mistakes() -> None:
    found = await recognised(
        AsrData(heard="您好这里是１２３４５政务服务便民热线 请问有什么可以帮您?")
    )
    assert found.verdict.measured == 0.0


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("您好这里是一二三四五政务服务便民热线请问有什么", State.NORMAL),
        ("您好这里是一二三四五政务服务便民热线请问有", State.ABNORMAL),
        ("今天天气很好", State.ABNORMAL),
        ("", State.ABNORMAL),
        ("啊" * 2_000, State.ABNORMAL),
    ],
    ids=["19 %", "26 %", "another", "nothing", "much"],
)
async def test_more_than_a_fifth_of_wrong_characters_is_abnormal(text: str, state: State) -> None:
    found = shown(await recognised(AsrData(heard=text)), "practice speech recognition")
    assert found.verdict.state is state, said(found)


async def test_what_it_heard_is_quoted_without_control_characters() -> None:
    found = await recognised(AsrData(heard="坏\x1b[2J\u202e人\n"))
    assert "“坏人”" in said(found)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"result": {"text": 1.5}}', b"\xff", b"x"])
async def test_an_answer_of_another_shape_is_unknown(body: bytes) -> None:
    found = shown(await recognised(AsrData(body=body)), "practice speech recognition")
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.GARBLED)


@pytest.mark.parametrize("speech", [TtsData(status=500), TtsData(body=b"")])
async def test_without_speech_the_recognition_is_not_blamed(speech: TtsData) -> None:
    found = await recognised(AsrData(), speech)
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.ELSEWHERE)
    assert "tts-1 gave no speech" in said(found)


async def test_a_recognition_may_take_base64_and_give_bare_text() -> None:
    def answer(asked: Asked) -> Said:
        audio = base64.b64decode(json.loads(asked.body)["audio"])
        return Said(voice.understood(voice.of_wav(audio)).encode(), "text/plain")

    async with serving(answer) as listener, serving(tts_answers(TtsData())) as speaker:
        target = of(
            "both", "tts_asr",
            tts=tts(speaker.port),
            asr=asr(listener.port, body='{"audio": "{audio}"}', pointer=None),
        )  # fmt: skip
        found = await judged("M56", target)
    assert [one.verdict.state for one in found] == [State.NORMAL] * 2


@settings(max_examples=count(ci=150, soak=5_000), deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=4)).map(
        lambda one: GOOD[: one[0]] + one[1] + GOOD[one[0] + len(one[1]) :]
    )
    | st.integers(0, len(GOOD) - 1).map(lambda cut: GOOD[:cut])
)
def test_damaged_audio_is_refused_or_is_other_audio(body: bytes) -> None:
    """Whatever is damaged in its head is refused, unless it still is a whole file."""
    try:
        samples = samples_of(body, "wav", RATE)
    except NotSound:
        return
    assert len(body) >= len(GOOD) and len(samples.values) <= len(GOOD) // 2
    assert heard(samples).seconds > 0


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed here")
@pytest.mark.parametrize("language", ["cmn", "en"])
async def test_a_real_synthesis_is_speech(language: str, tmp_path: Path) -> None:
    """Beside the practice voice, which must not be the measure of itself."""
    file = tmp_path / "phrase.wav"
    text = PHRASE if language == "cmn" else "Good morning, how can we help you today?"
    command = ["espeak-ng", "-v", language, "-w", str(file), text]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=20)
    found = await spoken(file.read_bytes(), phrase=text)
    if language == "en":  # letters are faster than Chinese characters
        assert "a tone or a noise" not in said(found)
    else:
        assert found.verdict.state is State.NORMAL, said(found)
