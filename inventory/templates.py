"""Requests of site data: are their placeholders there, and is their JSON such?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from inventory.applications import Asr, Cti, Service, Sms, Tts
from inventory.declared import Value
from inventory.marks import refuse_placeholders
from inventory.problems import listed
from phrases import say

POINTER_START: Final = "/"
PLACEHOLDERS: Final[Mapping[tuple[type, str], tuple[str, ...]]] = {
    (Tts, "path"): ("{phrase}",),
    (Sms, "state_path"): ("{id}", "{token}"),
}
"""What is worked out in a path, by the kind of access and its key; in all others nothing is."""
HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
"""Of the tokens of RFC 9110 those that are used."""


def check_application(value: Value, access: object) -> None:
    """Complain of what could never be a request, and of pointers that are none (RFC 6901)."""
    if isinstance(access, Service) and not HEADER.fullmatch(access.secret_header):
        part = value.part("secret_header", access.secret_header)
        part.refuse(say("{at} is no name of a header", at=part.at))
    for key in ("path", "state_path"):
        given = getattr(access, key, None)
        if isinstance(given, str):
            refuse_placeholders(
                value.part(key, given), given, PLACEHOLDERS.get((type(access), key), ())
            )
    match access:
        case Tts(method="GET"):
            _needs(value, "path", access.path, "{phrase}")
            _pointer(value, "pointer", access.pointer)
        case Tts():
            _body(value, access.body, access.encoding, "{phrase}")
            _pointer(value, "pointer", access.pointer)
        case Asr():
            if access.body is not None:
                _body(value, access.body, "json", "{audio}")
            _pointer(value, "pointer", access.pointer)
        case Sms():
            _sms(value, access)
        case Cti():
            told = access.figures
            for name in ("calls_online", "agents_signed_in", "queue_length", "cti_link", "ivr"):
                _pointer(value.part("figures", value.raw["figures"]), name, getattr(told, name))


def _sms(value: Value, access: Sms) -> None:
    for wanted in ("{number}", "{text}"):
        _body(value, access.body, access.encoding, wanted)
    if "{id}" not in access.state_path and "{token}" not in access.state_path:
        _needs(value, "state_path", access.state_path, "{id}")
    _pointer(value, "message_id", access.message_id)
    _pointer(value, "state", access.state)
    both = sorted(set(access.delivered) & set(access.failed))
    if both:
        part = value.part("failed", access.failed)
        part.refuse(
            say("{at} and “delivered” both hold {words}; a state means one or the other",
                at=part.at, words=listed(both))
        )  # fmt: skip
    if not access.delivered:
        part = value.part("delivered", access.delivered)
        part.refuse(say("{at} must name at least one word", at=part.at))


def _body(value: Value, body: str | None, encoding: str, wanted: str) -> None:
    _needs(value, "body", body or "", wanted)
    if encoding == "json" and body is not None and not _is_json(body):
        part = value.part("body", body)
        part.refuse(say("{at} is no JSON text", at=part.at))


def _is_json(body: str) -> bool:
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, dict | list)


def _needs(value: Value, key: str, given: str, wanted: str) -> None:
    if wanted not in given:
        part = value.part(key, given)
        part.refuse(say("{at} must hold {wanted}", at=part.at, wanted=wanted))


def _pointer(value: Value, key: str, given: str | None) -> None:
    if given is not None and not given.startswith(POINTER_START):
        part = value.part(key, given)
        part.refuse(say("{at} is no JSON pointer: it must begin with a slash", at=part.at))
