"""Which processes run and which TCP ports listen on a Linux host.

Sources: ps(1) of procps `-eo pid=,args=`; proc(5) and the kernel's networking/proc_net_tcp.rst for
/proc/net/tcp and tcp6. Every answer ends with `END`.

A command line may hold a password. What is kept of it as evidence goes through `shown_processes`.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import Final

from collectors.parsers.linux import END, Unreadable, whole_lines
from collectors.parsers.plain import plain
from phrases import say

LINE_LIMIT: Final = 4_096
"""Characters of a command line that are compared; Java's are the longest."""
FIRST: Final = "1"
"""The first process. Without it a host shows its user only that user's own processes (hidepid of
proc(5)), and what is missing in the list need not be missing on the host."""
ADDRESSES: Final = frozenset({8, 32})
"""Hexadecimal digits of an IPv4 and of an IPv6 address in /proc/net."""


class OnlyOwn(Exception):
    """The host shows its user nothing but that user's own processes."""


def parse_processes(answer: bytes) -> tuple[str, ...]:
    """The command lines. Raises `Unreadable`, `OnlyOwn`."""
    found = [_process(line) for line in whole_lines(answer)]
    if not found:
        raise Unreadable(say("the list of processes is empty"))
    if not any(pid == FIRST for pid, _ in found):
        raise OnlyOwn
    return tuple(line for _, line in found)


def _process(line: str) -> tuple[str, str]:
    pid, _, command = line.strip().partition(" ")
    if not (pid.isascii() and pid.isdecimal() and command.strip()):
        raise Unreadable(say("the list of processes is not as ps writes it"))
    return pid, command.strip()[:LINE_LIMIT]


def matching(commands: tuple[str, ...], glob: str) -> int:
    """How many command lines are of that form, from beginning to end. `*` and `?` only."""
    literal = glob.replace("[", "[[]")
    return sum(fnmatchcase(command, literal) for command in commands)


def shown_processes(answer: bytes, globs: tuple[str, ...]) -> bytes:
    """The list as it may be kept: of each process its program's name, and which of the watched
    globs its command line matched. What else stands in a command line is nobody's business."""
    lines = answer.decode("utf-8", "replace").splitlines()
    return "".join(_shown(line, globs) for line in lines).encode()


def _shown(line: str, globs: tuple[str, ...]) -> str:
    if line == END:
        return f"{END}\n"
    pid, _, command = line.strip().partition(" ")
    command = command.strip()[:LINE_LIMIT]
    matched = [f" = {glob}" for glob in dict.fromkeys(globs) if matching((command,), glob)]
    return f"{plain(pid)} {plain(_program(command))}{''.join(matched)}\n"


def _program(command: str) -> str:
    """`/usr/bin/java -Dx=y` is java; a kernel thread keeps its brackets."""
    first = command.split(" ", 1)[0]
    return first if first.startswith("[") else posixpath.basename(first)


def parse_listening(answer: bytes) -> frozenset[int]:
    """The ports that listen, of any address: `0100007F:1F90` a line. A host always has one that
    listens, the SSH server that we came in by."""
    ports = frozenset(_port(line) for line in whole_lines(answer))
    if not ports:
        raise Unreadable(say("no listening port is listed, not even that of the SSH server"))
    return ports


def _port(line: str) -> int:
    address, _, port = line.partition(":")
    digits = all(one in "0123456789ABCDEFabcdef" for one in address + port)
    if not digits or len(address) not in ADDRESSES or len(port) != 4:
        raise Unreadable(say("the list of listening ports is not as Linux writes it"))
    return int(port, 16)
