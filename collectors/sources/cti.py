"""The page on which a CTI, or the monitor beside it, tells its figures. Asked with GET."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.parsers.figures import figures_of, state_of
from collectors.parsers.pointed import NoSuchPlace
from collectors.readings import Reading, Trouble
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.web import NoReply, Reply, Request, Web, web
from collectors.visit import Answer, Memory
from inventory.applications import Cti
from inventory.model import Device
from phrases import Phrase, say


async def open_session(device: Device, means: Means, notebook: Notebook) -> CtiSession:
    """Nothing is opened yet. Raises `SessionFailed` when a secret is missing."""
    access = device.access.cti
    if access is None:
        why = say("{device}: its estate says no “cti”", device=device.name)
        raise SessionFailed(Trouble.NOT_CONFIGURED, why)
    return CtiSession(device, means, access, web(device.name, device.address, access, means))


@dataclass(frozen=True, slots=True)
class CtiSession:
    """One client."""

    device: Device
    means: Means
    access: Cti
    client: Web

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `CallCentreState`."""
        path = self.access.path
        try:
            reply = await self.client.ask(Request(method="GET", path=path, shown=path))
        except NoReply as none:
            return unanswered(self.device, self.means.clock(), none.trouble, none.why)
        return self._understood(reply)

    def _understood(self, reply: Reply) -> Answer:
        if not reply.good:
            why = say("{device}: the page with its figures answers with HTTP status {status}",
                      device=self.device.name, status=reply.status)  # fmt: skip
            return self._garbled(why, reply)
        try:
            told = figures_of(reply.body, "json", self.access.figures)
        except NoSuchPlace:
            why = say("{device}: its page has no shape that is known", device=self.device.name)
            return self._garbled(why, reply)
        return state_of(self.device, told, (reply.exchange,))

    def _garbled(self, why: Phrase, reply: Reply) -> Answer:
        at = self.means.clock()
        return unanswered(self.device, at, Trouble.GARBLED, why, (reply.exchange,))

    async def close(self) -> None:
        """Close what is kept alive."""
        await self.client.close()
