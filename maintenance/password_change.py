"""The change of one password: kept before it is used, proven by fresh logins, never lost.

planned -> stored_new -> changed -> verified -> old_dead -> done. At every moment the password that
the device takes is in the store: as the current one, as `+new` or as `+old`. Whatever was cut short
is settled the same way: log in with the new one, then with the old one, and go on from what the
device says, not from what was noted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from collectors.gate import DeviceGates
from inventory.logins import ENABLE, How, PasswordLogin
from inventory.model import Device
from inventory.secrets import SecretTrouble
from maintenance.password_stages import Change, Stage, Standing
from phrases import Phrase, say, verbatim
from phrases.system import reason
from playbooks.logins import Answer, Attempt
from playbooks.ordering import order_for
from playbooks.orders import Done, Order, Outcome, Work
from playbooks.tasks import needs_keeping


class Files(Protocol):
    """`inventory.secret_files.SecretFiles`."""

    def current(self, name: str, /) -> str: ...
    def proposed(self, name: str, /) -> str | None: ...
    def former(self, name: str, /) -> str | None: ...
    def propose(self, name: str, value: str, /) -> None: ...
    def accept(self, name: str, /) -> None: ...
    def restore(self, name: str, /) -> None: ...
    def withdraw(self, name: str, /) -> None: ...
    def forget(self, name: str, /) -> None: ...


class Changer(Protocol):
    """`playbooks.runner.AnsibleChanger`."""

    def carry_out(self, order: Order, lock: Path, /) -> Done: ...


class Prover(Protocol):
    """`playbooks.logins.Door`."""

    async def attempt(self, device: Device, login: PasswordLogin, password: str, /) -> Attempt: ...


class Journal(Protocol):
    """`maintenance.password_journal.PasswordJournal`."""

    def begin(self, login: PasswordLogin, /) -> Change: ...
    def step(self, change: Change, to: Stage, why: Phrase, /) -> Change: ...


NOT_KEPT: Final = (OSError, SecretTrouble)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDesk:
    """What a change works with; wiring fills it."""

    files: Files
    changer: Changer
    prover: Prover
    journal: Journal
    gates: DeviceGates
    known_hosts: Path
    new_password: Callable[[PasswordLogin], str]


@dataclass(slots=True)
class Course:
    """One change under way."""

    desk: ChangeDesk
    device: Device
    login: PasswordLogin
    change: Change

    # --- from the beginning ---

    async def run(self) -> Standing:
        """All of it. Raises `StoreTrouble`, `KeyTrouble`."""
        files, name = self.desk.files, self.login.secret
        try:
            files.propose(name, self.desk.new_password(self.login))
        except NOT_KEPT as fault:
            return self._not_kept(fault)
        self._step(Stage.STORED, say("{login}: the new password is kept", login=self._who))
        if self.login.how is How.PERSON:
            return self._step(Stage.WAITING, self._for_a_person())
        done = await self._carry_out(Work.CHANGE, files.current(name), files.proposed(name) or "")
        if done.outcome is Outcome.DONE:
            self._step(Stage.CHANGED, say("{login}: the device took it", login=self._who))
        return await self.settle(done)

    def _not_kept(self, fault: BaseException) -> Standing:
        """The device was not touched."""
        with suppress(*NOT_KEPT):  # what is left of it is never read: the change is over
            self.desk.files.withdraw(self.login.secret)
        why = _words(fault)
        return self._step(
            Stage.ROLLED_BACK,
            say("{login}: the new password could not be kept, so the device was left as it was: "
                "{why}", login=self._who, why=why),
        )  # fmt: skip

    def _for_a_person(self) -> Phrase:
        if self.login.name == ENABLE:
            return say(
                "{login}: set the enable password of {device} by hand (the one that is asked for "
                "after login; the password of {user} stays as it is) to what stands in "
                "secrets/{name}+new, then run: lineguard secrets resume",
                login=self._who, device=self.device.name, user=self.login.user,
                name=self.login.secret,
            )  # fmt: skip
        return say(
            "{login}: set the password of {user} on {device} by hand to what stands in "
            "secrets/{name}+new, then run: lineguard secrets resume",
            login=self._who, user=self.login.user or self.login.name, device=self.device.name,
            name=self.login.secret,
        )  # fmt: skip

    # --- from wherever it stands ---

    async def settle(self, done: Done | None = None, *, abandon: bool = False) -> Standing:
        """Find out which password the device takes, and finish or go back. `done`: what the device
        said just now; `abandon`: do not wait for a person any longer."""
        try:
            new = self.desk.files.proposed(self.login.secret)
            old = self.desk.files.former(self.login.secret)
            current = self.desk.files.current(self.login.secret)
        except NOT_KEPT as fault:
            return self._half_done(_words(fault))
        if new is not None:
            return await self._of_two(current, new, done, abandon=abandon)
        if old is not None:
            return await self._of_two(old, current, done, abandon=abandon)
        return await self._of_one(current)

    async def _of_one(self, current: str) -> Standing:
        """Only one password is left: everything but the last entry was done."""
        attempt = await self._attempt(current)
        if attempt.answer is not Answer.LET_IN:
            return self._half_done(attempt.why)
        if self.change.stage in (Stage.VERIFIED, Stage.OLD_DEAD):
            return self._step(Stage.DONE, self._changed())
        return self._step(Stage.ROLLED_BACK, self._as_before(say("it was cut short")))

    async def _of_two(self, old: str, new: str, done: Done | None, *, abandon: bool) -> Standing:
        tried = await self._attempt(new)
        if tried.answer is Answer.LET_IN:
            return await self._complete(old, new)
        if tried.answer is Answer.UNKNOWN:
            return self._in_doubt(tried.why)
        before = await self._attempt(old)
        if before.answer is Answer.LET_IN:
            return self._go_back(done, abandon=abandon)
        if before.answer is Answer.UNKNOWN:
            return self._in_doubt(before.why)
        return self._half_done(
            say("{login}: the device takes neither the new password nor the old one; somebody "
                "else changed it, or the account is locked", login=self._who)
        )  # fmt: skip

    async def _complete(self, old: str, new: str) -> Standing:
        if self.change.stage is not Stage.VERIFIED:
            self._step(Stage.VERIFIED, say("{login}: logged in anew with the new password",
                                           login=self._who))  # fmt: skip
        try:
            self.desk.files.accept(self.login.secret)
        except NOT_KEPT as fault:
            return self._half_done(_words(fault))
        kept = await self._kept(old, new)
        if kept is not None:
            return self._half_done(kept)
        dead = await self._attempt(old)
        if dead.answer is Answer.LET_IN:
            return self._half_done(
                say("{login}: the new password works, but the old one does so as well",
                    login=self._who)
            )  # fmt: skip
        if dead.answer is Answer.UNKNOWN:
            return self._half_done(dead.why)
        self._step(
            Stage.OLD_DEAD,
            say("{login}: the old password is refused ({why})", login=self._who, why=dead.why),
        )
        try:
            self.desk.files.forget(self.login.secret)
        except NOT_KEPT as fault:
            return self._half_done(_words(fault))
        return self._step(Stage.DONE, self._changed())

    async def _kept(self, old: str, new: str) -> Phrase | None:
        """Why the device would lose the new password at a restart, or None."""
        if not needs_keeping(self.login.how):
            return None
        done = await self._carry_out(Work.KEEP, old, new)
        if done.outcome is Outcome.DONE:
            return None
        return say(
            "{login}: the new password works, but the device did not save it and would have the "
            "old one after a restart: {said}", login=self._who, said=verbatim(done.said),
        )  # fmt: skip

    def _go_back(self, done: Done | None, *, abandon: bool) -> Standing:
        """The device has the old password: so has the store, again."""
        waits = self.login.how is How.PERSON and not abandon
        if waits and self.desk.files.proposed(self.login.secret) is not None:
            return self._step_unless(Stage.WAITING, self._for_a_person())
        try:
            self.desk.files.restore(self.login.secret)
            self.desk.files.withdraw(self.login.secret)
        except NOT_KEPT as fault:
            return self._half_done(_words(fault))
        return self._step(Stage.ROLLED_BACK, self._as_before(_why_not(done)))

    def _in_doubt(self, why: Phrase) -> Standing:
        """The device does not say; a person's step waits on."""
        if self.change.stage is Stage.WAITING:
            return Standing(login=self._who, stage=Stage.WAITING, why=why)
        return self._half_done(why)

    # --- the pieces ---

    @property
    def _who(self) -> str:
        return self.login.shown

    def _changed(self) -> Phrase:
        return say("{login}: the password is changed and the old one is dead", login=self._who)

    def _as_before(self, why: Phrase) -> Phrase:
        return say("{login}: not changed, the old password is in use as before: {why}",
                   login=self._who, why=why)  # fmt: skip

    def _half_done(self, why: Phrase) -> Standing:
        told = say("{why}; both passwords are kept, go on with: lineguard secrets resume",
                   why=why)  # fmt: skip
        return self._step_unless(Stage.HALF_DONE, told)

    def _step(self, to: Stage, why: Phrase) -> Standing:
        self.change = self.desk.journal.step(self.change, to, why)
        return Standing(login=self._who, stage=to, why=why)

    def _step_unless(self, to: Stage, why: Phrase) -> Standing:
        """A stage that it stands in already is no step: cron may ask often."""
        if self.change.stage is to:
            return Standing(login=self._who, stage=to, why=why)
        return self._step(to, why)

    async def _attempt(self, password: str) -> Attempt:
        return await self.desk.prover.attempt(self.device, self.login, password)

    async def _carry_out(self, work: Work, old: str, new: str) -> Done:
        order = order_for(self.device, self.login, work, old, new, self.desk.known_hosts)
        lock = self.desk.gates.worker_lock(self.device.name)
        return await asyncio.to_thread(self.desk.changer.carry_out, order, lock)


def _why_not(done: Done | None) -> Phrase:
    if done is None:
        return say("the change had not reached the device")
    if done.outcome is Outcome.DONE:
        return say("the device said that it took the new password, but it did not")
    if done.said:
        return say("the device said: {said}", said=verbatim(done.said))
    return say("the device refused it")


def _words(fault: BaseException) -> Phrase:
    if isinstance(fault, SecretTrouble):
        return fault.why
    return reason(fault) if isinstance(fault, OSError) else verbatim(type(fault).__name__)
