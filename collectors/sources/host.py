"""Linux hosts over SSH: load, file systems, the cluster, the watched services and logs.

One connection and one login per visit; what is sent stands in `host_commands`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from collectors.parsers.linux import Unreadable, parse_file_systems, parse_load
from collectors.parsers.pacemaker import NO_PRIVILEGE, NOT_CONNECTED, parse_cluster
from collectors.parsers.plain import plain
from collectors.readings import (
    ClusterState,
    FileSystems,
    HostLoad,
    LogLines,
    Reading,
    Trouble,
)
from collectors.readings.application import CallCentreState
from collectors.readings.backups import (
    KeptChecksums,
    KeptColdChecksums,
    KeptCopies,
    KeptDataChecksums,
    KeptDumpChecksums,
    KeptTrials,
)
from collectors.readings.calls import KeptCallCounts
from collectors.readings.database_care import DatabaseBackups, DatabaseLog
from collectors.readings.heartbeat import Heartbeat
from collectors.readings.services import LOG_READINGS, SERVICE_READINGS, ServiceStates
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.host_calls import kept_calls
from collectors.sources.host_commands import CLUSTER, COMMANDS, FILE_SYSTEMS, LOAD
from collectors.sources.host_copies import checksums, copies
from collectors.sources.host_database import backups, database_log
from collectors.sources.host_figures import call_centre_state
from collectors.sources.host_heartbeat import heartbeat
from collectors.sources.host_log_lines import new_lines
from collectors.sources.host_questions import NO_SUCH_COMMAND, NoAnswer, Question
from collectors.sources.host_services import HostLists, service_states
from collectors.sources.host_trials import trials
from collectors.sources.secure_shell import SecureShell
from collectors.sources.shell_login import login_for
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import say

__all__ = ["COMMANDS", "HostSession", "open_session"]


async def open_session(device: Device, means: Means, notebook: Notebook) -> HostSession:
    """Log in to the host. Raises `SessionFailed`."""
    access = device.access.ssh
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED, say("{device} has no ssh access", device=device.name)
        )
    login = await login_for(device, access, means)
    shell = SecureShell(device.name, access.timeout_s)
    await shell.open(device.address, access.port, means.known_hosts, login)
    return HostSession(device, means, notebook, shell, access.timeout_s)


@dataclass(slots=True)
class HostSession:
    """One login. A command that hangs ends alone; the others are asked all the same."""

    device: Device
    means: Means
    notebook: Notebook
    shell: SecureShell = field(repr=False)
    limit_s: float
    lists: HostLists = field(default_factory=HostLists)

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """Ask one question of the host."""
        asked = Question(self.device, self.means, self.shell, self.limit_s)
        try:
            return await ANSWERS[question](self, asked, memory)
        except NoAnswer as reason:
            trouble, why = reason.trouble, reason.why
        except Unreadable as reason:
            trouble = Trouble.GARBLED
            why = say("{device}: {why}", device=self.device.name, why=reason.why)
        return unanswered(self.device, asked.taken_at, trouble, why, tuple(asked.exchanges))

    async def close(self) -> None:
        """Log out; safe to call twice."""
        await self.shell.close()


# --- the questions ---


async def _load(session: HostSession, asked: Question, memory: Memory) -> Answer:
    load = parse_load(await asked.run(LOAD))
    return HostLoad(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        cpu_percent=load.cpu_percent,
        memory_percent=load.memory_percent,
        swap_percent=load.swap_percent,
        load_1m=load.load_1m,
    )


async def _file_systems(session: HostSession, asked: Question, memory: Memory) -> Answer:
    mounted = parse_file_systems(await asked.run(FILE_SYSTEMS))
    return FileSystems(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        mounted=mounted,
    )


async def _cluster(session: HostSession, asked: Question, memory: Memory) -> Answer:
    output = await asked.output(CLUSTER)
    name = session.device.name
    if output.status == NO_SUCH_COMMAND:
        raise NoAnswer(
            Trouble.UNSUPPORTED,
            say("{device}: Pacemaker (crm_mon) is not installed on it", device=name),
        )
    if output.status == NO_PRIVILEGE:
        raise NoAnswer(
            Trouble.REFUSED,
            say(
                "{device}: the user may not ask the cluster; add it to group haclient", device=name
            ),
        )
    if output.status not in (0, NOT_CONNECTED):
        words = plain(output.complaint or output.answer)
        raise NoAnswer(
            Trouble.GARBLED,
            say("{device}: crm_mon failed: {words}", device=name, words=words),
        )
    return _cluster_state(session, asked, output.status, output.answer)


def _cluster_state(
    session: HostSession, asked: Question, status: int | None, answer: bytes
) -> Answer:
    cluster = None if status == NOT_CONNECTED else parse_cluster(answer)
    return ClusterState(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        quorum=cluster is not None and cluster.quorum,
        members=cluster.members if cluster else (),
        resources=cluster.resources if cluster else (),
    )


async def _logs(
    session: HostSession, asked: Question, memory: Memory, reading: type[LogLines] = LogLines
) -> Answer:
    return await new_lines(asked, memory, session.notebook, reading)


async def _services(
    session: HostSession, asked: Question, memory: Memory, reading: type[ServiceStates]
) -> Answer:
    return await service_states(asked, session.lists, reading)


async def _heartbeat(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await heartbeat(asked)


async def _kept_calls(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await kept_calls(session.notebook, asked, memory)


async def _copies(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await copies(asked, memory, session.notebook)


async def _trials(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await trials(asked)


def _checksums(
    question: type[KeptChecksums],
) -> Callable[[HostSession, Question, Memory], Awaitable[Answer]]:
    async def answer(session: HostSession, asked: Question, memory: Memory) -> Answer:
        return await checksums(asked, question)

    return answer


async def _backups(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await backups(asked, memory)


async def _database_log(session: HostSession, asked: Question, memory: Memory) -> Answer:
    return await database_log(asked, memory, session.notebook)


ANSWERS: Final[
    Mapping[type[Reading], Callable[[HostSession, Question, Memory], Awaitable[Answer]]]
] = {
    HostLoad: _load,
    FileSystems: _file_systems,
    ClusterState: _cluster,
    LogLines: _logs,
    KeptCopies: _copies,
    KeptTrials: _trials,
    **{one: _checksums(one) for one in (KeptColdChecksums, KeptDumpChecksums, KeptDataChecksums)},
    DatabaseBackups: _backups,
    DatabaseLog: _database_log,
    CallCentreState: call_centre_state,
    KeptCallCounts: _kept_calls,
    Heartbeat: _heartbeat,
    **{reading: partial(_services, reading=reading) for reading in SERVICE_READINGS},
    **{reading: partial(_logs, reading=reading) for reading in LOG_READINGS},
}
