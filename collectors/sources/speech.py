"""Speech over HTTP: a phrase is synthesised and its samples are looked at; the same audio is given
to the recognition. What is sent, and to where, is the site's own data (`tts`, `asr`).

Huawei's platforms ask their speech servers by MRCP, which is not spoken here: such a server is
asked by its HTTP interface, where it has one (docs/speech.md).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import struct
import wave
from dataclasses import dataclass
from typing import Final

from collectors.parsers.plain import plain
from collectors.parsers.pointed import NoSuchPlace, document, text_at
from collectors.parsers.sound import SAMPLE_BYTES, NotSound, Samples, heard, samples_of
from collectors.readings import Reading, Trouble, Unanswered
from collectors.readings.application import RecognisedSpeech, Sound, SynthesisedSpeech
from collectors.session import Means, Notebook, unanswered
from collectors.sources.web import NoReply, Reply, Request, Web, body_of, path_of, web
from collectors.visit import Answer, Memory
from inventory.applications import Asr, Tts
from inventory.model import Device, Voice
from phrases import Phrase, say

HEARD_CHARACTERS: Final = 500
"""Characters kept of what a recognition gives back for one phrase."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> SpeechSession:
    """Nothing is opened yet. Raises `SessionFailed` when a secret is missing."""
    tts, asr, voice = device.access.tts, device.access.asr, device.voice
    return SpeechSession(
        device,
        means,
        web(device.name, device.address, tts, means) if tts else None,
        web(device.name, device.address, asr, means) if asr else None,
        web(voice.device, voice.address, voice.access, means) if voice else None,
    )


@dataclass(slots=True)
class SpeechSession:
    """A client for each service that the device's questions need."""

    device: Device
    means: Means
    tts: Web | None
    asr: Web | None
    speaker: Web | None

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`."""
        try:
            if question is SynthesisedSpeech:
                return await self._synthesised()
            return await self._recognised()
        except NoReply as none:
            return self._unanswered(none.trouble, none.why)

    async def close(self) -> None:
        """Close every client."""
        for one in (self.tts, self.asr, self.speaker):
            if one is not None:
                await one.close()

    async def _synthesised(self) -> Answer:
        access = self.device.access.tts
        if access is None or self.tts is None:
            return self._unanswered(
                Trouble.NOT_CONFIGURED,
                say("{device}: its estate says no “tts”", device=self.device.name),
            )
        reply = await _spoken(self.tts, access)
        sound: Sound | None = None
        if reply.good:
            try:
                sound = await asyncio.to_thread(lambda: heard(_audio(reply.body, access)))
            except (NotSound, NoSuchPlace):
                return self._unanswered(Trouble.GARBLED, _no_audio(self.device.name), reply)
        return SynthesisedSpeech(
            device=self.device.name,
            taken_at=reply.exchange.at,
            exchanges=(reply.exchange,),
            phrase=access.phrase,
            status=reply.status,
            sound=sound,
        )

    async def _recognised(self) -> Answer:
        access, voice = self.device.access.asr, self.device.voice
        if access is None or self.asr is None or voice is None or self.speaker is None:
            return self._unanswered(
                Trouble.NOT_CONFIGURED,
                say(
                    "{device}: its “asr” names no device that speaks (“spoken_by”)",
                    device=self.device.name,
                ),
            )
        given = await self._given(voice, self.speaker)
        if isinstance(given, Unanswered):
            return given
        reply = await self.asr.ask(_listening(access, given))
        text: str | None = None
        if reply.good:
            try:
                text = _text(reply.body, access)
            except (NoSuchPlace, UnicodeDecodeError):
                why = say("{device}: its page has no shape that is known", device=self.device.name)
                return self._unanswered(Trouble.GARBLED, why, reply)
        return RecognisedSpeech(
            device=self.device.name,
            taken_at=reply.exchange.at,
            exchanges=(reply.exchange,),
            phrase=voice.access.phrase,
            speaker=voice.device,
            status=reply.status,
            heard=text,
        )

    async def _given(self, voice: Voice, speaker: Web) -> Samples | Unanswered:
        """The audio to be recognised. That it cannot be had is no fault of this device."""
        try:
            reply = await _spoken(speaker, voice.access)
            if reply.good:
                return _audio(reply.body, voice.access)
            why = say("HTTP status {status}", status=reply.status)
        except NoReply as none:
            why = none.why
        except (NotSound, NoSuchPlace):
            why = _no_audio(voice.device)
        return self._unanswered(
            Trouble.ELSEWHERE,
            say(
                "{device}: {speaker} gave no speech to recognise: {why}",
                device=self.device.name, speaker=voice.device, why=why,
            ),
        )  # fmt: skip

    def _unanswered(self, trouble: Trouble, why: Phrase, reply: Reply | None = None) -> Unanswered:
        exchanges = (reply.exchange,) if reply else ()
        return unanswered(self.device, self.means.clock(), trouble, why, exchanges)


async def _spoken(tts: Web, access: Tts) -> Reply:
    """The phrase as the service speaks it. Raises `NoReply`."""
    values = {"phrase": access.phrase}
    path = path_of(access.path, values)
    if access.method == "GET" or access.body is None:
        return await tts.ask(Request(method=access.method, path=path, shown=path))
    content, kind = body_of(access.body, access.encoding, values)
    return await tts.ask(
        Request(method="POST", path=path, shown=path, content=content, content_type=kind)
    )


def _audio(body: bytes, access: Tts) -> Samples:
    """Raises `NotSound`, `NoSuchPlace`."""
    if access.pointer is not None:
        try:
            body = base64.b64decode(text_at(document(body), access.pointer), validate=True)
        except (binascii.Error, ValueError):
            raise NotSound("no base64") from None
    return samples_of(body, access.audio, access.rate)


def _listening(access: Asr, given: Samples) -> Request:
    audio = wav_of(given)
    if access.body is None:
        content, kind = audio, "audio/wav"
    else:
        whole = {"audio": base64.b64encode(audio).decode("ascii")}
        content, kind = body_of(access.body, "json", whole)
    return Request(
        method="POST", path=access.path, shown=access.path, content=content, content_type=kind
    )


def wav_of(samples: Samples) -> bytes:
    """A WAV file of one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(SAMPLE_BYTES)
        written.setframerate(samples.rate)
        written.writeframes(struct.pack(f"<{len(samples.values)}h", *samples.values))
    return file.getvalue()


def _text(body: bytes, access: Asr) -> str:
    """What was understood, harmless and bounded. Raises `NoSuchPlace`, `UnicodeDecodeError`."""
    if access.pointer is None:
        return plain(body.decode("utf-8"), HEARD_CHARACTERS)
    return plain(text_at(document(body), access.pointer), HEARD_CHARACTERS)


def _no_audio(device: str) -> Phrase:
    return say("{device}: what it answered is no audio that can be read", device=device)
