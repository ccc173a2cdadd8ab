"""The heartbeat of a cluster node: corosync's links, keepalived's state, echoes to its peers."""

from __future__ import annotations

from typing import Final

from collectors.parsers.corosync import parse_links
from collectors.parsers.echoes import last_vrrp_state, parse_echoes
from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.readings.heartbeat import Heartbeat, HeartbeatLink, HeartbeatPeer, VrrpState
from collectors.sources.host_commands import ECHOES, LINKS, VRRP, echo
from collectors.sources.host_questions import NO_SUCH_COMMAND, NoAnswer, Question
from phrases import say

NOT_RUNNING: Final = (b"error 2", b"CS_ERR_LIBRARY")
"""What corosync-cfgtool says on its error output where corosync does not run, or ..."""
NO_ACCESS: Final = (b"error 11", b"CS_ERR_ACCESS")
"""... where the user may not ask it (corotypes.h)."""


async def heartbeat(asked: Question) -> Heartbeat:
    """All that the site says this node has. Raises `NoAnswer`, `Unreadable`."""
    watch = asked.device.watch.heartbeat
    links = await _links(asked) if watch.corosync else None
    vrrp = [await _vrrp(asked, one.instance, one.role) for one in watch.vrrp]
    peers = [await _peer(asked, one) for one in watch.peers]
    return Heartbeat(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        links=links,
        peers=tuple(peers),
        vrrp=tuple(vrrp),
    )


async def _links(asked: Question) -> tuple[HeartbeatLink, ...]:
    output = await asked.output(LINKS)
    name = asked.device.name
    status, links = parse_links(output.answer)
    if links:
        return links
    if status == NO_SUCH_COMMAND:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say(
                "{device}: corosync is not installed on it; write corosync: false and its peers or "
                "VRRP instances to its watch.heartbeat",
                device=name,
            ),
        )
    if any(word in output.complaint for word in NO_ACCESS):
        raise NoAnswer(
            Trouble.REFUSED,
            say(
                "{device}: its user may not ask corosync; allow it in /etc/corosync/uidgid.d",
                device=name,
            ),
        )
    if any(word in output.complaint for word in NOT_RUNNING):
        return ()
    words = plain(output.complaint or output.answer)
    raise NoAnswer(
        Trouble.GARBLED,
        say("{device}: corosync-cfgtool told no link: {words}", device=name, words=words),
    )


async def _vrrp(asked: Question, instance: str, role: str | None) -> VrrpState:
    state = last_vrrp_state(await asked.run(VRRP), instance)
    if state is None:
        raise NoAnswer(
            Trouble.GARBLED,
            say(
                "{device}: the journal of keepalived does not tell the state of {instance}; is "
                "the user in group systemd-journal?",
                device=asked.device.name, instance=instance,
            ),
        )  # fmt: skip
    return VrrpState(instance=instance, state=state, role=role)


async def _peer(asked: Question, peer: str) -> HeartbeatPeer:
    answer = await asked.run(echo(peer))
    return parse_echoes(answer, peer, ECHOES)
