"""The peers of a device's applications: speech, text messages, the CTI's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collectors.session import Secrets
from inventory.applications import Service
from inventory.model import Device
from lab.behaviour import Behaviour
from lab.embedded.applications import (
    AsrData,
    FiguresData,
    SmsData,
    TtsData,
    asr_answers,
    cti_answers,
    sms_answers,
    tts_answers,
)
from lab.embedded.web_service import Answers, WebService
from lab.world import Peer


def tts_peer(device: Device, secrets: Secrets) -> Peer:
    """The speech synthesis of a device that has one."""
    return _peer("tts", device.access.tts, secrets, TtsData, tts_answers)


def asr_peer(device: Device, secrets: Secrets) -> Peer:
    """The speech recognition of a device that has one."""
    return _peer("asr", device.access.asr, secrets, AsrData, asr_answers)


def sms_peer(device: Device, secrets: Secrets) -> Peer:
    """The gateway for text messages of a device that has one."""
    return _peer("sms", device.access.sms, secrets, SmsData, sms_answers)


def cti_peer(device: Device, secrets: Secrets) -> Peer:
    """The page with the figures of a device that has one."""
    access = device.access.cti
    assert access is not None  # noqa: S101  (peers_of asks only for what is configured)
    return _peer("cti", access, secrets, FiguresData, lambda data: cti_answers(data, access))


def _peer(
    protocol: str,
    access: Service | None,
    secrets: Secrets,
    healthy: Callable[[], Any],
    answers: Callable[[Any], Answers],
) -> Peer:
    assert access is not None  # noqa: S101  (as above)
    behaviour, data = Behaviour(), healthy()
    token = secrets.secret(access.secret) if access.secret is not None else None
    server = WebService(answers(data), behaviour, token=token, header=access.secret_header)
    return Peer(
        protocol=protocol,
        port=access.port,
        server=server,
        behaviour=behaviour,
        data=data,
        healthy=healthy,
    )
