"""The applications of the practice site: what they know, and how they answer over HTTP."""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from inventory.applications import Cti, Figures
from lab.embedded import voice
from lab.embedded.web_service import Answers, Asked, Said

NOT_FOUND: Final = Said(b"", status=404)
BAD: Final = Said(b"", status=400)


@dataclass(slots=True)
class TtsData:
    """A voice, until told otherwise. `silent`: as many samples, all zero."""

    status: int = 200
    silent: bool = False
    body: bytes | None = None
    """Sent in place of the audio."""


@dataclass(slots=True)
class AsrData:
    """Understands what it hears, unless `heard` says what it understands instead."""

    status: int = 200
    heard: str | None = None
    body: bytes | None = None


@dataclass(slots=True)
class SmsData:
    """Delivers at once, unless told otherwise. `messages`: what was sent, by its token."""

    status: int = 200
    word: str = "DELIVRD"
    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(slots=True)
class FiguresData:
    """A centre at work."""

    calls_online: int = 18
    agents_signed_in: int = 32
    queue_length: int = 1
    cti_link: str = "up"
    ivr: str = "up"


def tts_answers(data: TtsData) -> Answers:
    """POST of `{"text": ...}` gives a WAV file."""

    def answer(asked: Asked) -> Said:
        text = _page(asked).get("text")
        if data.body is not None:
            return Said(data.body, "audio/wav", data.status)
        if asked.method != "POST" or not isinstance(text, str):
            return BAD
        samples = voice.spoken(text)
        shown = [0] * len(samples) if data.silent else samples
        return Said(voice.wav(shown), "audio/wav", data.status)

    return answer


def asr_answers(data: AsrData) -> Answers:
    """POST of a WAV file gives `{"result": {"text": ...}}`."""

    def answer(asked: Asked) -> Said:
        if data.body is not None:
            return Said(data.body, status=data.status)
        try:
            heard = voice.understood(voice.of_wav(asked.body))
        except (wave.Error, EOFError):
            return BAD
        page = {"result": {"text": heard if data.heard is None else data.heard}}
        return Said(json.dumps(page, ensure_ascii=False).encode(), status=data.status)

    return answer


def sms_answers(data: SmsData) -> Answers:
    """POST /messages takes one; GET /messages?token= tells its state."""

    def answer(asked: Asked) -> Said:
        if data.body is not None:
            return Said(data.body, status=data.status)
        if asked.method == "POST":
            return _take(data, _page(asked))
        token = parse_qs(urlsplit(asked.target).query).get("token", [""])[0]
        if token not in data.messages:
            return NOT_FOUND
        return _json({"data": {"to": data.messages[token]["to"], "state": data.word}})

    return answer


def _take(data: SmsData, page: dict[str, Any]) -> Said:
    if set(page) != {"to", "content", "token"}:
        return BAD
    if data.status == 200:
        data.messages[page["token"]] = {"to": page["to"], "content": page["content"]}
    return _json({"data": {"id": f"m{len(data.messages)}"}}, data.status)


def cti_answers(data: FiguresData, access: Cti) -> Answers:
    """GET of its page."""

    def answer(asked: Asked) -> Said:
        if asked.target != access.path:
            return NOT_FOUND
        return Said(told(data, access.figures))

    return answer


def told(data: FiguresData, figures: Figures) -> bytes:
    """A JSON page that has each figure where the site's data look for it."""
    page: dict[str, Any] = {}
    for name in ("calls_online", "agents_signed_in", "queue_length", "cti_link", "ivr"):
        pointer = getattr(figures, name)
        if pointer is not None:
            _put(page, pointer.removeprefix("/").split("/"), getattr(data, name))
    return json.dumps(page).encode()


def _put(page: dict[str, Any], steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        page = page.setdefault(step, {})
    page[steps[-1]] = value


def _page(asked: Asked) -> dict[str, Any]:
    try:
        page = json.loads(asked.body)
    except ValueError:
        return {}
    return page if isinstance(page, dict) else {}


def _json(page: object, status: int = 200) -> Said:
    return Said(json.dumps(page, ensure_ascii=False).encode(), status=status)
