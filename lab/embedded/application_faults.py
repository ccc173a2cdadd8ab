"""Faults of what people work with: data interfaces, speech, messages, telephony, call records."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import application_damage, damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

APPLICATION_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="interface-backlog",
        title=say("5000 records wait in a data interface"),
        device="di-city",
        apply=damage.pile_up,
        seen=abnormal("di-city", "M59", "exchange", "di-city: 5000 records wait, limit 1000"),
        protocols=frozenset({"http"}),
    ),
    Fault(
        name="voice-silent",
        title=say("the speech synthesis gives silence"),
        device="tts-1",
        apply=application_damage.silence_voice,
        seen=abnormal(
            "tts-1",
            "M56",
            "synthesis",
            "tts-1: the synthesised audio is silent: -120 dB, limit -40 dB",
        ),
        protocols=frozenset({"tts"}),
    ),
    Fault(
        name="speech-misheard",
        title=say("the speech recognition hears another text"),
        device="asr-1",
        apply=application_damage.mishear,
        seen=abnormal(
            "asr-1",
            "M56",
            "recognition",
            "asr-1: * % of the characters that tts-1 spoke were not recognised, limit 20 %; "
            f"what was heard: “{application_damage.MISHEARD}”",
        ),
        protocols=frozenset({"asr"}),
    ),
    Fault(
        name="message-undelivered",
        title=say("the test message is not delivered"),
        device="sms-1",
        apply=application_damage.lose_messages,
        seen=abnormal(
            "sms-1",
            "M56",
            "message",
            "sms-1: the test message to *********00 was not delivered, its state is “UNDELIV”",
        ),
        protocols=frozenset({"sms"}),
    ),
    Fault(
        name="cti-link-down",
        title=say("the CTI link is down"),
        device="cti-1",
        apply=application_damage.drop_link,
        seen=abnormal(
            "cti-1",
            "M14",
            "call_centre",
            "cti-1: the CTI link is not up, its state is “down”",
        ),
        protocols=frozenset({"cti"}),
    ),
    Fault(
        name="queue-7",
        title=say("seven callers wait in the queue"),
        device="cti-2",
        apply=application_damage.queue_up,
        seen=abnormal("cti-2", "M14", "call_centre", "cti-2: 7 callers wait in the queue, limit 5"),
        protocols=frozenset({"cti"}),
    ),
)
CALL_RECORD_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="records-missing",
        title=say("an hour without call records"),
        device="gw-1960-1",
        apply=application_damage.lose_hour,
        seen=abnormal(
            "gw-1960-1",
            "M60",
            "call_records",
            "gw-1960-1: 1 hours without call records, the first is * 18:00",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="records-apart",
        title=say("the call records are 12 % fewer than the calls that the CTI counted"),
        device="gw-1960-1",
        apply=application_damage.count_apart,
        seen=abnormal(
            "gw-1960-1",
            "M60",
            "against_cti",
            "gw-1960-1: * call records in 24 hours, the CTI counted *: 12 % apart, limit 5 %",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
)
