"""Why a console gave no answer, in one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import paramiko

from collectors.consoles.dialogue import ConsoleFailed, UnknownHostKey
from collectors.readings import Trouble
from collectors.session import Refused
from inventory.model import Cli, Device
from phrases import Phrase, say, verbatim

Complaint = tuple[Trouble, Phrase]


class NoAnswer(Exception):
    """Ends a question with its complaint."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint[0].value)
        self.complaint = complaint


NOT_FINISHED: Final = "No existing session"
"""What paramiko says of a handshake that was still under way at its time limit."""


def not_let_in(device: Device, access: Cli, error: BaseException) -> Complaint:
    """A login that did not reach the prompt. `error` is what the handshake raised."""
    causes = tuple(_causes(error))
    if any(isinstance(one, UnknownHostKey) for one in causes):
        return Trouble.REFUSED, say(
            "{device}: its SSH host key is not known; confirm it with inventory trust",
            device=device.name,
        )
    if any(isinstance(one, paramiko.BadHostKeyException) for one in causes):
        return Trouble.REFUSED, say(
            "{device}: its SSH host key is not the one that was confirmed; another device may "
            "answer in its place",
            device=device.name,
        )
    if _took_too_long(causes):
        return Trouble.TIMED_OUT, say(
            "{device}: the console gave no prompt within {limit:g} s",
            device=device.name,
            limit=access.timeout_s,
        )
    if isinstance(error, paramiko.AuthenticationException):
        return Trouble.REFUSED, say(
            "{device}: the login of {user} was refused", device=device.name, user=access.user
        )
    return _after_the_login(device, error)


def password_refused(error: BaseException) -> Refused | None:
    """Which password the console itself did not take, where that is certain."""
    causes = tuple(_causes(error))
    strangers = (UnknownHostKey, paramiko.BadHostKeyException)
    if any(isinstance(one, strangers) for one in causes) or _took_too_long(causes):
        return None
    if isinstance(error, paramiko.AuthenticationException):
        return "secret"
    refused = isinstance(error, ConsoleFailed) and error.trouble is Trouble.REFUSED
    return "enable_secret" if refused else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What was raised, and what was being handled then: netmiko wraps what paramiko says."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__context__


def _took_too_long(causes: tuple[BaseException, ...]) -> bool:
    error = causes[0]
    if isinstance(error, ConsoleFailed):
        return error.trouble is Trouble.TIMED_OUT
    if isinstance(error, paramiko.AuthenticationException):
        return any("timeout" in str(one).lower() for one in causes)
    return any(isinstance(one, TimeoutError) or NOT_FINISHED in str(one) for one in causes)


def _after_the_login(device: Device, error: BaseException) -> Complaint:
    if isinstance(error, ConsoleFailed) and error.trouble is Trouble.REFUSED:
        return Trouble.REFUSED, say(
            "{device}: the second password (enable) was refused", device=device.name
        )
    closed = isinstance(error, ConsoleFailed) and error.closed
    if closed or isinstance(error, paramiko.ChannelException):
        return Trouble.REFUSED, say(
            "{device}: it closed the console before its prompt; perhaps all its lines (VTY) are "
            "taken",
            device=device.name,
        )
    if isinstance(error, ConsoleFailed):
        return Trouble.GARBLED, say(
            "{device}: the console printed something else than a prompt", device=device.name
        )
    return Trouble.GARBLED, say(
        "{device}: what answers there does not finish an SSH handshake", device=device.name
    )


def no_answer(device: Device, command: str, limit_s: float, failure: ConsoleFailed) -> Complaint:
    """A command whose answer did not come whole."""
    sent = verbatim(command)
    if failure.trouble is Trouble.TOO_LARGE:
        why = say(
            '{device}: the answer to "{command}" did not end; it was cut off after {size} bytes',
            device=device.name, command=sent, size=len(failure.heard),
        )  # fmt: skip
    elif failure.trouble is Trouble.TIMED_OUT:
        why = say(
            '{device}: the answer to "{command}" was not whole within {limit:g} s',
            device=device.name, command=sent, limit=limit_s,
        )  # fmt: skip
    else:
        why = say(
            '{device}: the console was closed in the middle of the answer to "{command}"',
            device=device.name, command=sent,
        )  # fmt: skip
    return failure.trouble, why


def not_understood(device: Device, command: str) -> Complaint:
    """A whole answer of no known shape."""
    return Trouble.GARBLED, say(
        '{device}: the answer to "{command}" has no shape that is known',
        device=device.name,
        command=verbatim(command),
    )


def broke_off(device: Device, command: str) -> Complaint:
    """An answer without the end that its kind always has."""
    return Trouble.GARBLED, say(
        '{device}: the answer to "{command}" breaks off before its end',
        device=device.name,
        command=verbatim(command),
    )


def not_permitted(device: Device, user: str, command: str) -> Complaint:
    """The console knows the command and does not let this user run it."""
    return Trouble.REFUSED, say(
        '{device}: {user} may not run "{command}" there',
        device=device.name,
        user=user,
        command=verbatim(command),
    )


def not_offered(device: Device) -> Complaint:
    """The console has no such command, or its driver no such question."""
    return Trouble.UNSUPPORTED, say("{device}: its console does not offer this", device=device.name)


def not_confirmed(device: Device, topic: str) -> Complaint:
    """Site data that nobody has seen work is never sent."""
    return Trouble.NOT_CONFIGURED, say(
        "{device}: the console question {topic} is not confirmed on this site; capture it first",
        device=device.name,
        topic=topic,
    )


def not_written_down(device: Device, topic: str) -> Complaint:
    """The site has not said how this console is asked for it."""
    return Trouble.NOT_CONFIGURED, say(
        "{device}: how its console is asked for its configuration is not confirmed; write command, "
        "pattern and confirmed: true under console: {topic}: in the estate",
        device=device.name,
        topic=topic,
    )


def not_read_only(device: Device, topic: str) -> Complaint:
    """Site data that might write, or a pattern that might never end."""
    return Trouble.NOT_CONFIGURED, say(
        "{device}: the console question {topic} is not sent: its command must be one line that "
        "begins with show or display, and its pattern plain",
        device=device.name,
        topic=topic,
    )
