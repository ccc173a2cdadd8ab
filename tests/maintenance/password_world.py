"""One device with a password, a real store of secrets and a real journal; nothing on the network.

`Deadly` ends a change at any step of it, as a kill does: nothing after that step is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from collectors.gate import DeviceGates
from inventory.logins import How, PasswordLogin, password_logins
from inventory.model import Cli, Device, Kind, PasswordChange
from inventory.secret_files import SecretFiles
from inventory.secrets import SecretStore
from lab.embedded.accounts import Account, Obedience
from maintenance.password_change import ChangeDesk
from maintenance.password_journal import PasswordJournal
from maintenance.passwords import PasswordDesk
from phrases import verbatim
from playbooks.logins import Answer, Attempt
from playbooks.new_passwords import new_password
from playbooks.orders import Done, Order, Outcome, Work
from store.database import Store
from tests.inventory.builders import device, estate, ssh
from tests.maintenance.fakes import logbook, real_clock

OLD = "the-old-one-1"
ACTOR = {"name": "zhao", "proven": True, "how": "os_user"}


class Died(BaseException):
    """Killed: no `except` of the product's takes it."""


@dataclass
class Deadly:
    """Counts the steps of whatever is wrapped, and dies after step number `after`."""

    after: int = 10**9
    steps: list[str] = field(default_factory=list)

    def took(self, step: str) -> None:
        self.steps.append(step)
        if len(self.steps) >= self.after:
            raise Died(step)

    def wrap(self, name: str, what: Any) -> Any:  # noqa: ANN401
        return _Wrapped(self, name, what)


class _Wrapped:
    """Every call is made, and then counted as a step."""

    def __init__(self, deadly: Deadly, name: str, what: Any) -> None:  # noqa: ANN401
        self._deadly, self._name, self._what = deadly, name, what

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._what, method)
        if method == "attempt":

            async def awaited(*given: Any) -> Any:  # noqa: ANN401
                came = await call(*given)
                self._deadly.took(f"{self._name}.{method}")
                return came

            return awaited

        def called(*given: Any) -> Any:  # noqa: ANN401
            came = call(*given)
            self._deadly.took(f"{self._name}.{method}")
            return came

        return called


@dataclass
class Bench:
    """A device, what is known about it, and who changes it. `unreachable`: no login gets through,
    from the given attempt on."""

    account: Account
    device: Device
    secrets: SecretStore
    store: Store
    folder: Path
    orders: list[Order] = field(default_factory=list)
    attempts: int = 0
    unreachable_from: int = 10**9
    keeps: Outcome = Outcome.DONE

    def desk(self, deadly: Deadly | None = None) -> PasswordDesk:
        """As a new process has it."""
        by = deadly or Deadly()
        files = SecretFiles(SecretStore(self.secrets.folder, {}))
        journal = PasswordJournal(
            store=self.store,
            logbook=logbook(self.store, self.folder),
            clock=real_clock,
            actor=ACTOR,
        )
        change = ChangeDesk(
            files=by.wrap("files", files),
            changer=by.wrap("changer", self),
            prover=by.wrap("prover", self),
            journal=by.wrap("journal", journal),
            gates=DeviceGates(self.folder / "locks"),
            known_hosts=self.folder / "known_hosts",
            new_password=new_password,
        )
        return PasswordDesk(
            store=self.store,
            estate=estate(self.device),
            change=change,
            refuser=files,
            journal=journal,
        )

    def carry_out(self, order: Order, _lock: Path) -> Done:
        """As the playbooks do, on the device of this test."""
        self.orders.append(order)
        if order.work is Work.TRY:
            return Done(outcome=Outcome.DONE)
        if order.work is Work.KEEP:
            if self.keeps is Outcome.DONE:
                self.account.save()
            return Done(outcome=self.keeps, said="flash is full")
        if not self.account.admits(order.user, order.old) or not self.account.change(order.new):
            return Done(outcome=Outcome.REFUSED, said="it says no")
        deaf = self.account.obedience is Obedience.DEAF
        return Done(outcome=Outcome.UNSURE if deaf else Outcome.DONE)

    async def attempt(self, _device: Device, login: PasswordLogin, password: str) -> Attempt:
        self.attempts += 1
        if self.attempts >= self.unreachable_from:
            return Attempt(answer=Answer.UNKNOWN, why=verbatim("the line is cut"))
        let_in = self.account.admits(login.user, password)
        answer = Answer.LET_IN if let_in else Answer.REFUSED
        return Attempt(answer=answer, why=verbatim("the device said so"))

    # --- what is so now ---

    @property
    def login(self) -> PasswordLogin:
        return password_logins(self.device)[0]

    @property
    def live(self) -> str:
        """The password that the device takes."""
        return self.account.password

    @property
    def known(self) -> str:
        """What every reader of the store gets."""
        return SecretStore(self.secrets.folder, {}).secret(self.login.secret)

    @property
    def files(self) -> set[str]:
        """What lies in the folder of secrets."""
        return {one.name for one in self.secrets.folder.iterdir()}

    @property
    def kept(self) -> set[str]:
        """Every password that the store holds in any form."""
        return {one.read_text().strip() for one in self.secrets.folder.iterdir()}


def bench(store: Store, folder: Path, how: How = How.PASSWD, **account: Any) -> Bench:  # noqa: ANN401
    """A device whose password is known."""
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    name = "cli" if how in (How.VRP_AAA, How.PERSON) else "ssh"
    (secrets / name).touch(mode=0o600)
    (secrets / name).write_text(f"{OLD}\n")
    if name == "cli":
        access = Cli(driver="huawei_vrp", user="inspect", secret="cli")
        made = device("rt-1", Kind.ROUTER, cli=access)
        said = PasswordChange(how=how.value, confirmed=True)
        made = replace(made, rotate=(("cli", said),))
    else:
        made = device("app-1", Kind.APP_SERVER, ssh=ssh(secret="ssh"))
    return Bench(
        account=Account("inspect", OLD, **account),
        device=made,
        secrets=SecretStore(secrets, {}),
        store=store,
        folder=folder,
    )
