"""Windows hosts: what PowerShell writes, as the practice host answers and as it might."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from checks.verdict import State
from collectors.parsers import windows, windows_json
from collectors.readings import Reading
from collectors.sources.windows import ANSWERS, WindowsSession
from inventory.model import Kind
from lab.embedded.windows_host import WindowsHost
from tests.fuzz.conversations import Conversation
from tests.fuzz.judged import MEANS, NOBODY, driven, notebook, of_kind, state_of_answer
from tests.fuzz.mutation import cut, noise, nothing
from tests.fuzz.target import Target

FILE_SERVER: Final = of_kind(Kind.FILE_SERVER)


def _ask(question: type[Reading], shell: Conversation) -> State | None:
    session = WindowsSession(FILE_SERVER, MEANS, notebook(FILE_SERVER), shell, 5.0)  # type: ignore[arg-type]
    return state_of_answer(driven(session.ask(question, NOBODY)), FILE_SERVER)


def _host() -> WindowsHost:
    """A healthy one, that does not listen."""
    return WindowsHost(host_key=Path("unused"), user="inspect")


def _healthy(question: type[Reading]) -> bytes:
    shell = Conversation(_host())
    _ask(question, shell)
    (answer,) = shell.heard
    return answer


def _looking(question: type[Reading]) -> Callable[[bytes], State | None]:
    host = _host()
    return lambda raw: _ask(question, Conversation(host, (raw,)))


TARGETS: Final = tuple(
    Target(
        name=f"winssh: {question.__name__}",
        look=_looking(question),
        seeds=(_healthy(question),),
        reads=(("winssh", question),),
        parses=(
            windows.parse_load, windows.parse_disks, windows.parse_events,
            windows.parse_protection, windows.parse_updates, windows_json.document,
        ),
        spoil=(cut, noise, nothing),
    )
    for question in ANSWERS
)  # fmt: skip
