"""Questions that take several commands of a Linux host: every answer of the practice host in turn
is varied or spoilt, the others stay as they are. A new question of the host source is in here by
itself when `SERVER` has what the site must say about it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from checks.verdict import State
from collectors.catalogue import GATHERED
from collectors.parsers import corosync, echoes, processes
from collectors.readings import LogLines, Reading
from collectors.readings.backups import KeptTrials
from collectors.sources.host import ANSWERS, HostSession
from collectors.sources.ssh_channel import Output
from collectors.visit import Answer
from inventory.copies import with_keeps
from inventory.model import Copy, CopyPlace, Device, Kind, LogWatch, Watch
from inventory.services import HeartbeatWatch, ServiceWatch, VrrpWatch
from lab.embedded.kept_files import healthy_shelf
from lab.embedded.linux_data import ClusterData, ClusterResourceData, HostData, LogFolder
from lab.embedded.linux_host import LinuxHost
from lab.embedded.linux_services import healthy_services
from tests.fuzz.judged import MEANS, NOBODY, driven, notebook, state_of_answer
from tests.fuzz.mutation import SPOILT_TEXT, Spoil, cut, nothing, varied_text
from tests.fuzz.target import Target
from tests.inventory.builders import device

ITEMS: Final = ("M13", "M15", "M16", "M31", "M32", "M58")
LINES: Final = b"2026-11-20 08:00:00 INFO hotline application started\n"
WATCH: Final = Watch(
    services=(ServiceWatch(name="mds", process="/opt/mds/*", ports=(5060,), items=ITEMS),),
    heartbeat=HeartbeatWatch(
        peers=("192.168.254.2",), vrrp=(VrrpWatch(instance="VI_1", role="master"),)
    ),
    logs=tuple(
        LogWatch(path=f"/var/log/{item}.log", patterns=("*ERROR*",), items=(item,))
        for item in (*ITEMS, "M05")
    ),
)
COPY: Final = Copy(
    name="all", items=("M40", "M42", "M57"), max_age_h=26, min_bytes=100, checksum="beside",
    kept=CopyPlace(keeper="cti-1", path="/backup/all-*.tar.gz"),
)  # fmt: skip
(SERVER,) = with_keeps([replace(device("cti-1", Kind.USM_CTI, watch=WATCH), copies=(COPY,))])

Answers = tuple[bytes, ...]


def practice_host(of: Device) -> LinuxHost:
    """A healthy one, that does not listen."""
    logs = LogFolder()
    for log in of.watch.logs:
        logs.create(log.path, LINES)
    nodes = ClusterData(
        {"cti-1": "online", "cti-2": "online"}, [ClusterResourceData("vip", "cti-1")]
    )
    data = HostData(
        cluster=nodes, services=healthy_services(of, clustered=True), shelf=healthy_shelf(of)
    )
    return LinuxHost(host_key=Path("unused"), user="inspect", data=data, logs=logs)


@dataclass
class Conversation:
    """A shell that gives the practice host's answers, the first ones replaced by those given."""

    host: LinuxHost
    given: Answers = ()
    heard: list[bytes] = field(default_factory=list)

    usable: bool = True

    async def run(self, command: str, limit: int, within_s: float | None = None) -> Output:
        said = self.host._said(command)
        at = len(self.heard)
        answer = self.given[at] if at < len(self.given) else said.output
        self.heard.append(answer)
        return Output(answer=answer, complaint=said.complaint, status=said.status)


def _ask(question: type[Reading], shell: Conversation) -> State | None:
    session = HostSession(SERVER, MEANS, notebook(SERVER), shell, 5.0)  # type: ignore[arg-type]
    return state_of_answer(_gathered(driven(session.ask(question, NOBODY))), SERVER)


def _gathered(answer: Answer) -> Answer:
    """What it keeps is judged of the device whose it is: here itself."""
    for own in GATHERED:
        if own.gathers is type(answer):
            return own(device=SERVER.name, taken_at=answer.taken_at, parts=((SERVER.name, answer),))
    return answer


def _looking(question: type[Reading]) -> Callable[[Answers], State | None]:
    host = practice_host(SERVER)
    return lambda answers: _ask(question, Conversation(host, answers))


def _healthy(question: type[Reading]) -> Answers:
    shell = Conversation(practice_host(SERVER))
    _ask(question, shell)
    return tuple(shell.heard)


def one_varied(chance: random.Random, seeds: Sequence[Answers]) -> Answers:
    """One answer of a conversation is varied."""
    answers = chance.choice(seeds)
    at = chance.randrange(len(answers))
    return (*answers[:at], varied_text(chance, answers), *answers[at + 1 :])


def one_spoilt(how: Spoil, chance: random.Random, answers: Answers) -> Answers | None:
    """One answer of a conversation is spoilt."""
    at = chance.randrange(len(answers))
    spoilt = how(chance, answers[at])
    return None if spoilt is None else (*answers[:at], spoilt, *answers[at + 1 :])


def _target(question: type[Reading]) -> Target:
    """The lines of a log are judged one by one, whatever they hold."""
    spoil = (cut, nothing) if issubclass(question, LogLines) else SPOILT_TEXT
    return Target(
        name=f"ssh: {question.__name__}",
        look=_looking(question),
        seeds=(_healthy(question),),
        reads=(("ssh", question),),
        parses=(
            corosync.parse_links, echoes.parse_echoes, echoes.last_vrrp_state,
            processes.parse_processes, processes.parse_listening, processes.matching,
            processes.shown_processes,
        ),
        vary=one_varied,
        spoil=tuple(partial(one_spoilt, how) for how in spoil),
    )  # fmt: skip


TARGETS: Final = tuple(
    _target(question) for question in ANSWERS if question is not KeptTrials and _healthy(question)
)
"""A trial restore is not among them: its listing is read as that of `KeptCopies`, its dump by
pg_restore: tests/lineguard/test_bench.py."""
