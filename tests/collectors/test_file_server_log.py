"""The log of a file server, M25. That of the practice estate is asked over SNMP, which tells no
logs; this one is a Linux host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import Trouble
from inventory.model import Device, Kind, LogWatch, Watch
from lab.embedded.linux_host import LinuxHost
from tests.collectors.hosts import Remembered, linux, listening, means, visit
from tests.witness import shown

LOG = "/var/log/messages"
SYSTEM_LOG = item("M25")
PEER = "practice Linux host"


def file_server(host: LinuxHost) -> Device:
    watch = Watch(logs=(LogWatch(path=LOG, patterns=("*I/O error*",)),))
    return replace(linux(host.port, watch=watch), kind=Kind.FILE_SERVER)


async def judged(target: Device, folder: Path, memory: Remembered) -> Judgement:
    seen = await visit(target, means(folder), wanted(SYSTEM_LOG, target), memory)
    memory.keep(seen)
    (one,) = judge_item(SYSTEM_LOG, target, seen)
    return shown(one, PEER)


async def test_new_lines_are_judged_and_a_log_that_is_gone_is_unknown(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"started\n")
        target = file_server(host)
        assert (await judged(target, tmp_path, memory)).verdict.state is State.NORMAL
        host.logs.append(LOG, "sd 0:0:0:0: [sda] I/O error, sector 81")
        assert (await judged(target, tmp_path, memory)).verdict.state is State.ABNORMAL
        assert (await judged(target, tmp_path, memory)).verdict.state is State.NORMAL
        del host.logs.files[LOG]
        gone = await judged(target, tmp_path, memory)
        assert (gone.verdict.state, gone.trouble) == (State.UNKNOWN, Trouble.GARBLED), gone
