"""M48: the passwords of many logins, one after the other, and whatever was left half-done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from inventory.logins import ENABLE, PasswordLogin, password_logins
from inventory.model import Device, Estate
from inventory.secrets import secrets_of
from maintenance.password_change import ChangeDesk, Course
from maintenance.password_stages import Change, Stage, Standing
from phrases import Phrase, say, verbatim
from playbooks.logins import Answer
from playbooks.ordering import order_for
from playbooks.orders import Outcome, Work
from playbooks.tasks import can_be_tried
from store.database import Store

LOCK: Final = "passwords"
FAILURES_IN_A_ROW: Final = 3
"""So many failures one after the other are no longer the devices' fault: the rest is left as it
is."""


class Refuser(Protocol):
    """Why a secret cannot be changed here; `inventory.secret_files.SecretFiles`."""

    def refusal(self, name: str, /) -> Phrase | None: ...


class Unfinished(Protocol):
    """`maintenance.password_journal.PasswordJournal`."""

    def unfinished(self) -> tuple[Change, ...]: ...


Told = Callable[[Standing], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordDesk:
    """Everything that changing passwords needs; wiring fills it."""

    store: Store
    estate: Estate
    change: ChangeDesk
    refuser: Refuser
    journal: Unfinished
    failures_in_a_row: int = FAILURES_IN_A_ROW

    async def rotate(self, devices: Sequence[Device], told: Told) -> tuple[Standing, ...]:
        """Change every password of these devices. Raises `store.locks.Held`, `StoreTrouble`."""
        with self.store.hold(LOCK):
            return await self._each(devices, told)

    async def rehearse(self, devices: Sequence[Device], told: Told) -> tuple[Standing, ...]:
        """What `rotate` would refuse, found out the same way; nothing is changed."""
        with self.store.hold(LOCK):
            standings = []
            for device in devices:
                for login in password_logins(device):
                    async with self.change.gates.open_for(device.name):
                        why = await self._refusal(device, login)
                    ready = say("{login}: ready", login=login.shown)
                    standing = Standing(login=login.shown, stage=None, why=why or ready)
                    standings.append((standing, why is None))
                    told(standing)
            return tuple(standing for standing, ready_now in standings if not ready_now)

    async def resume(
        self, names: frozenset[str], told: Told, *, abandon: bool = False
    ) -> tuple[Standing, ...]:
        """Settle every change that is not over, on all devices or on those named."""
        with self.store.hold(LOCK):
            standings = []
            for change in self.journal.unfinished():
                if not names or change.device in names:
                    standings.append(await self._settle(change, abandon=abandon))
                    told(standings[-1])
            return tuple(standings)

    async def _each(self, devices: Iterable[Device], told: Told) -> tuple[Standing, ...]:
        standings: list[Standing] = []
        failures = 0
        for device in devices:
            for login in password_logins(device):
                if failures >= self.failures_in_a_row:
                    standing = _left_alone(login, failures)
                else:
                    standing = await self._one(device, login)
                    failures = 0 if _went_well(standing) else failures + 1
                standings.append(standing)
                told(standing)
        return tuple(standings)

    async def _one(self, device: Device, login: PasswordLogin) -> Standing:
        gates = self.change.gates
        async with gates.closed_for(device.name), gates.no_worker(device.name):
            why = await self._refusal(device, login)
            if why is not None:
                return Standing(login=login.shown, stage=None, why=why)
            change = self.change.journal.begin(login)
            return await Course(self.change, device, login, change).run()

    async def _settle(self, change: Change, *, abandon: bool) -> Standing:
        found = self._login(change)
        if found is None:
            return Standing(login=f"{change.device}/{change.login}", stage=change.stage,
                            why=self._gone(change))  # fmt: skip
        device, login = found
        gates = self.change.gates
        async with gates.closed_for(device.name), gates.no_worker(device.name):
            return await Course(self.change, device, login, change).settle(abandon=abandon)

    def _login(self, change: Change) -> tuple[Device, PasswordLogin] | None:
        """The login that a change is about, as the estate has it now."""
        for device in self.estate.devices:
            for login in password_logins(device):
                if (device.name, login.name, login.secret) == (
                    change.device, change.login, change.secret,
                ):  # fmt: skip
                    return device, login
        return None

    def _gone(self, change: Change) -> Phrase:
        return say(
            "{login}: the estate has no such login with the secret “{name}” any more; write it "
            "back, then run: lineguard secrets resume",
            login=f"{change.device}/{change.login}", name=change.secret,
        )  # fmt: skip

    # --- before anything begins ---

    async def _refusal(self, device: Device, login: PasswordLogin) -> Phrase | None:
        """Why this password is not changed now, or None. The same for a rehearsal."""
        why = self._shared(login) or self._unfinished(login) or self.refuser.refusal(login.secret)
        if why is not None:
            return say("{login}: {why}", login=login.shown, why=why)
        current = self.change.files.current(login.secret)
        attempt = await self.change.prover.attempt(device, login, current)
        if attempt.answer is not Answer.LET_IN:
            return say("{login}: the present password does not let us in, so nothing is changed: "
                       "{why}", login=login.shown, why=attempt.why)  # fmt: skip
        return await self._rehearsed(device, login, current)

    async def _rehearsed(self, device: Device, login: PasswordLogin, current: str) -> Phrase | None:
        """Would the playbook's account be let do it? It goes as far as it can without a change."""
        if not can_be_tried(login.how):
            return None
        order = order_for(device, login, Work.TRY, current, "", self.change.known_hosts)
        lock = self.change.gates.worker_lock(device.name)
        done = await asyncio.to_thread(self.change.changer.carry_out, order, lock)
        if done.outcome is Outcome.DONE:
            return None
        return say("{login}: {user} may not change it there: {said}", login=login.shown,
                   user=login.user, said=verbatim(done.said))  # fmt: skip

    def _shared(self, login: PasswordLogin) -> Phrase | None:
        """A secret that two logins share cannot be changed on one of them."""
        users = [
            f"{device.name}/{ENABLE if key == 'enable_secret' else protocol}"
            for device in self.estate.devices
            for protocol, key, name in secrets_of(device)
            if name == login.secret
        ]
        if Counter(users) == Counter([login.shown]):
            return None
        others = ", ".join(sorted(one for one in users if one != login.shown))
        return say("the secret “{name}” is also that of {others}; give each its own",
                   name=login.secret, others=others)  # fmt: skip

    def _unfinished(self, login: PasswordLogin) -> Phrase | None:
        mine = (login.device, login.name)
        for change in self.journal.unfinished():
            if (change.device, change.login) == mine or change.secret == login.secret:
                return say("a change of it is not over; first run: lineguard secrets resume")
        return None


def _went_well(standing: Standing) -> bool:
    """A person's step that waits is no failure."""
    return standing.stage in (Stage.DONE, Stage.WAITING)


def _left_alone(login: PasswordLogin, failures: int) -> Standing:
    return Standing(
        login=login.shown,
        stage=None,
        why=say("{login}: left as it is after {count} failures in a row",
                login=login.shown, count=failures),
    )  # fmt: skip
