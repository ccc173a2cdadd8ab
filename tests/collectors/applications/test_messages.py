"""One test message for one occasion, whatever happens, and never its number in the open."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checks.judging import Judgement
from checks.verdict import State
from collectors.acting import Permitted, done
from collectors.readings import Trouble
from collectors.readings.application import MessageDelivery
from lab.embedded.applications import SmsData, sms_answers
from lab.embedded.web_service import Answers, Asked, Said, WebService
from tests.collectors.applications.peers import NUMBER, SECRETS, judged, of, serving, sms
from tests.collectors.practice import Remembered
from tests.witness import shown

SLOT = "M56/sms-1/2026-W47"
GATEWAY = "practice SMS gateway"


def remembered(occasion: str | None = None) -> Remembered:
    acted = {} if occasion is None else {("sms-1", done(MessageDelivery)): occasion}
    return Remembered(acted)


async def asked(
    service: WebService, before: str | None = None, slot: str = SLOT, **options: object
) -> Judgement:
    target = of("sms-1", "sms", sms=sms(service.port, **options))
    memory = Permitted(remembered(before), "sms-1", slot)
    (found,) = await judged("M56", target, memory=memory)
    return found


async def sent(answers: Answers, **options: object) -> tuple[Judgement, list[Asked]]:
    async with serving(answers) as service:
        found = await asked(service, **options)  # type: ignore[arg-type]
    return found, service.requests


def said(found: Judgement) -> str:
    return found.verdict.sentence.text("en")


def posts(requests: list[Asked]) -> int:
    return sum(one.method == "POST" for one in requests)


async def test_a_message_that_arrives_is_normal_and_its_number_is_nowhere() -> None:
    data = SmsData()
    found, requests = await sent(sms_answers(data))
    shown(found, GATEWAY)
    assert found.verdict.state is State.NORMAL, said(found)
    assert [one["to"] for one in data.messages.values()] == [NUMBER], "the control"
    assert b"8613800001234" not in b"".join(one.answer for one in found.exchanges)
    digits = NUMBER[-8:]
    assert digits not in repr(found) and digits not in said(found)
    assert "************34" in said(found)
    assert posts(requests) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SmsData(word="UNDELIV"), "its state is “UNDELIV”"),
        (SmsData(word="ACCEPTD"), "was not delivered within"),
        (SmsData(status=402), "took no test message, HTTP status 402"),
    ],
)
async def test_a_message_that_does_not_arrive_is_abnormal(data: SmsData, words: str) -> None:
    found, requests = await sent(sms_answers(data))
    shown(found, GATEWAY)
    assert found.verdict.state is State.ABNORMAL
    assert words in said(found)
    assert posts(requests) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"<html>", b'{"data": {"id": null}}', b"\xff"])
async def test_a_gateway_of_another_shape_is_unknown(body: bytes) -> None:
    found, _ = await sent(sms_answers(SmsData(body=body)))
    shown(found, GATEWAY)
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.GARBLED)


async def test_without_a_permit_nothing_is_sent() -> None:
    """A watch, and a look of `check run`, hand in a memory that permits nothing."""
    async with serving(sms_answers(SmsData())) as service:
        target = of("sms-1", "sms", sms=sms(service.port))
        (found,) = await judged("M56", target)
        other = Permitted(remembered(), "sms-2", SLOT)
        (again,) = await judged("M56", target, memory=other)
    assert found.trouble is again.trouble is Trouble.WITHHELD
    assert service.requests == []


async def test_an_interrupted_slot_is_asked_after_and_not_sent_again() -> None:
    data = SmsData()
    async with serving(sms_answers(data)) as service:
        await asked(service)
        found = await asked(service, before=SLOT)
        assert (found.verdict.state, posts(service.requests)) == (State.NORMAL, 1)
        await asked(service, before=SLOT, slot="M56/sms-1/2026-W48")
        assert posts(service.requests) == 2, "the next week has a message of its own"


async def test_a_message_that_the_gateway_never_took_is_sent_after_all() -> None:
    found, requests = await sent(sms_answers(SmsData()), before=SLOT)
    assert (found.verdict.state, posts(requests)) == (State.NORMAL, 1)


async def test_a_gateway_that_tells_states_by_its_own_number_only_gets_no_second_message() -> None:
    found, requests = await sent(sms_answers(SmsData()), before=SLOT, state_path="/m/{id}")
    assert (found.trouble, requests) == (Trouble.WITHHELD, [])
    assert "look at the test telephone" in said(found)


async def test_the_number_of_the_message_is_put_in_encoded() -> None:
    def answer(request: Asked) -> Said:
        if request.method == "POST":
            return Said(json.dumps({"data": {"id": "a/../b?c"}}).encode())
        return Said(b'{"data": {"state": "DELIVRD"}}')

    found, requests = await sent(answer, state_path="/m/{id}/state")
    assert found.verdict.state is State.NORMAL
    assert requests[1].target == "/m/a%2F..%2Fb%3Fc/state"


async def test_when_nobody_listens_nothing_was_sent_and_the_next_look_may_send() -> None:
    async with serving(sms_answers(SmsData())) as service:
        gone = of("sms-1", "sms", sms=sms(service.port))
    (found,) = await judged("M56", gone, memory=Permitted(remembered(), "sms-1", SLOT))
    assert shown(found, GATEWAY).trouble is Trouble.UNREACHABLE


async def test_a_secret_that_is_no_number_is_never_sent() -> None:
    async with serving(sms_answers(SmsData())) as service:
        access = replace(sms(service.port), number="gateway")
        target = of("sms-1", "sms", sms=access)
        (found,) = await judged("M56", target, memory=Permitted(remembered(), "sms-1", SLOT))
    assert (found.trouble, service.requests) == (Trouble.NOT_CONFIGURED, [])
    assert "gateway-key" not in said(found)


async def test_the_gateways_key_is_shown_in_its_own_header() -> None:
    answers = sms_answers(SmsData())
    async with serving(answers, token="gateway-key", header="X-Api-Key") as service:
        found = await asked(service, secret="gateway", secret_header="X-Api-Key")
        refused = await asked(service, slot="another")
    assert found.verdict.state is State.NORMAL
    assert "HTTP status 401" in said(refused)


@pytest.mark.parametrize("value", ["密钥", "line\nbreak", "\x00"])
async def test_a_key_that_no_header_may_hold_is_said_without_being_quoted(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's own complaint would quote it."""
    monkeypatch.setitem(SECRETS, "gateway", value)
    async with serving(sms_answers(SmsData())) as service:
        found = await asked(service, secret="gateway")
    assert (found.trouble, service.requests) == (Trouble.NOT_CONFIGURED, [])
    assert value not in said(found)
