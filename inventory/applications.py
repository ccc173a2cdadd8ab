"""How the applications of a hotline are asked over HTTP: speech, text messages, the CTI's figures.

All of it is site data: makers differ in paths, fields and words, and none may be guessed. A field
of a request is written as a placeholder, such as `{phrase}`; its value is put in encoded, so that
no value can change the shape of a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PHRASE = "您好，这里是一二三四五政务服务便民热线，请问有什么可以帮您？"
"""What is spoken where the site names nothing else: 28 characters that a caller hears every day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An HTTP service on the device. With `secret`, its value stands in the header that
    `secret_header` names; in `Authorization` it is written as a bearer's."""

    port: int
    tls: bool = False
    secret: str | None = None
    secret_header: str = "Authorization"  # noqa: S105  (a header's name)
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tts(Service):
    """Speech synthesis: one request gives the audio of one phrase.

    `{phrase}` stands in `path` (for GET) or in `body` (for POST); `encoding` says whether the body
    is a JSON text or a form. `audio` is the shape of what comes back: `wav` (RIFF, 16 bit PCM), or
    one channel of bare 16 bit samples at `rate` Hz, `pcm` little-endian or `l16` big-endian (RFC
    3551). With `pointer` (RFC 6901), the answer is JSON and the audio stands there in base64.
    """

    method: Literal["GET", "POST"] = "POST"
    path: str
    body: str | None = None
    encoding: Literal["json", "form"] = "json"
    audio: Literal["wav", "pcm", "l16"] = "wav"
    rate: int = 16_000
    pointer: str | None = None
    phrase: str = PHRASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asr(Service):
    """Speech recognition: one POST of audio gives a text.

    The audio is what the device `spoken_by` (itself, if not named) makes of its phrase. It is sent
    as a WAV file, or with `body` as base64 in the place of `{audio}` of that JSON text. The text is
    found by the JSON `pointer`; without one, the answer is the text.
    """

    path: str
    body: str | None = None
    pointer: str | None = None
    spoken_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms(Service):
    """A gateway for text messages: one POST sends one message to the site's own test telephone,
    and GETs tell what became of it.

    `number` is the NAME of the secret that holds that telephone's number. `body` may hold
    `{number}`, `{text}` and `{token}` (ours, the same for every attempt of one slot). The gateway's
    number for the message is found by the JSON pointer `message_id`. `state_path` may hold `{id}`
    or `{token}`, its word for the state is found by `state`; the words in `delivered` and `failed`
    are final, all others mean that it is under way.
    """

    path: str
    body: str
    encoding: Literal["json", "form"] = "json"
    number: str
    message_id: str
    state_path: str
    state: str
    delivered: tuple[str, ...]
    failed: tuple[str, ...] = ()
    wait_s: float = 30.0
    """How long a message may take; a whole visit has 60 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Where a document of a CTI or a session manager tells what: JSON pointers, or the names of
    `key=value` lines. What it does not tell is left out; `calls_online` is the least.

    A link is up when its value is one of `link_up`, the IVR when it is one of `ivr_up`.
    """

    calls_online: str
    agents_signed_in: str | None = None
    queue_length: str | None = None
    cti_link: str | None = None
    link_up: tuple[str, ...] = ("up",)
    ivr: str | None = None
    ivr_up: tuple[str, ...] = ("up",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cti(Service):
    """The page, asked with GET, on which the CTI or its monitor tells its figures in JSON."""

    path: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFile:
    """The file in which a telephony server tells its figures, read over its SSH access. It must
    have been written within `age_s` seconds: an old one tells of a time that is gone."""

    path: str
    format: Literal["json", "pairs"] = "json"
    figures: Figures
    age_s: float = 120.0
