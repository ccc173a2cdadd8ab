"""The thin runner: one playbook, one login, carried out by ansible-runner and watched as it goes.

Everything Ansible writes lies in a folder of its own (0700), which is gone afterwards. No secret
is in it, nor in a command line, an environment or an event: see `playbooks.module`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from ansible_runner.interface import init_runner

from playbooks.module import read_result, sent
from playbooks.orders import Done, Order, Outcome

CONTENT: Final = Path(__file__).parent / "content"
PLAYBOOK: Final = "change_password.yml"
RUN_LIMIT_S: Final = 90
"""A playbook under way for so long is ended: logins and commands have limits of their own."""
POLL_S: Final = 0.02
INVENTORY: Final = "localhost ansible_connection=local\n"
OURS: Final = ("LINEGUARD_", "ANSIBLE_", "CREDENTIALS_DIRECTORY", "PG")
"""How names begin in our environment that are not for a playbook: secrets of ours may stand there,
and settings of somebody's own Ansible. ansible-runner hands on all that is not replaced."""


class Told(Protocol):
    """Hears the events of a playbook as they come: their names, such as `runner_on_ok`."""

    def __call__(self, event: str, /) -> None: ...


def unheard(event: str, /) -> None:
    """Events that nobody follows."""


@dataclass(frozen=True, slots=True)
class AnsibleChanger:
    """Carries out orders, one at a time each. `lock` is held by whatever works on the device."""

    limit_s: int = RUN_LIMIT_S

    def carry_out(self, order: Order, lock: Path, told: Told = unheard) -> Done:
        """What came of it. Never raises for what Ansible or the device does."""
        with tempfile.TemporaryDirectory(prefix="lineguard-playbook-") as private:
            return _Run(Path(private), lock, self.limit_s).work(order, told)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run in its private folder."""

    folder: Path
    lock: Path
    limit_s: int

    def work(self, order: Order, told: Told) -> Done:
        os.mkfifo(self.folder / "order", 0o600)
        over = threading.Event()
        sender = threading.Thread(target=self._send, args=(order, over), daemon=True)
        sender.start()
        try:
            status = self._run(told)
        finally:
            over.set()
            sender.join()
        done = read_result(self.folder / "result.json")
        if done is not None:
            return done
        # Nothing was said: the order may have been taken, so nobody knows.
        return Done(outcome=Outcome.UNSURE, said=f"the playbook ended as {status}")

    def _send(self, order: Order, over: threading.Event) -> None:
        """The order to the module, once it listens; never to anybody after the run."""
        pipe = self.folder / "order"
        while not over.is_set() and not sent(pipe, order):
            over.wait(POLL_S)

    def _run(self, told: Told) -> str:
        runner = init_runner(
            private_data_dir=str(self.folder),
            project_dir=str(CONTENT),
            playbook=PLAYBOOK,
            inventory=INVENTORY,
            extravars=self._paths(),
            envvars=self._environment(),
            timeout=self.limit_s,
            quiet=True,
            event_handler=_events(told),
            cancel_callback=lambda: False,
        )
        given = runner.config.env
        runner.config.env = {name: given[name] for name in given if not _ours(name, given[name])}
        runner.run()
        return str(runner.status)

    def _paths(self) -> dict[str, str]:
        return {
            "lineguard_pipe": str(self.folder / "order"),
            "lineguard_result": str(self.folder / "result.json"),
            "lineguard_lock": str(self.lock),
            "ansible_python_interpreter": sys.executable,
        }

    def _environment(self) -> dict[str, str]:
        beside = str(Path(sys.executable).parent)
        return {
            "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(CONTENT.parents[1]),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "remote"),
            "ANSIBLE_LIBRARY": str(CONTENT / "library"),
            "ANSIBLE_CONFIG": str(CONTENT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
        }


def _ours(name: str, value: str) -> bool:
    """Does the playbook have it from our own environment only?"""
    return name.startswith(OURS) and os.environ.get(name) == value


def _events(told: Told) -> Callable[[Mapping[str, Any]], bool]:
    """Only the names of events are handed on. False: none is kept as a file either."""

    def heard(event: Mapping[str, Any]) -> bool:
        told(str(event.get("event", ""))[:60])
        return False

    return heard
