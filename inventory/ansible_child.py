"""Ansible as a child process: a clean environment, a time limit, and what it said when it failed.

Ansible is never imported: it costs half a second, reads configuration from many places, and its
licence (GPL-3.0) is kept at arm's length.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TIME_LIMIT_S: Final = 60.0
"""For one run. 1,000 hosts take about 3 s; a password script may ask a slow server."""

COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")

ENVIRONMENT: Final[Mapping[str, str]] = {
    # Only YAML: an executable file in the estate would otherwise be run as an inventory script.
    "ANSIBLE_INVENTORY_ENABLED": "yaml",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
    "ANSIBLE_LOCALHOST_WARNING": "0",
    "ANSIBLE_DEPRECATION_WARNINGS": "0",
    "ANSIBLE_NOCOLOR": "1",
    # Ansible refuses to start under a locale that is not UTF-8, which cron's is not.
    "LC_ALL": "C.UTF-8",
}


class AnsibleFailed(Exception):
    """A child did not do its work; `said` is what it wrote about it, on one line."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """How Ansible's tools are run."""

    vault_password_file: Path | None = None
    """Also a script that prints the password, as Ansible allows."""
    time_limit_s: float = TIME_LIMIT_S

    def run(self, tool: str, *arguments: str, given: str = "") -> str:
        """The tool's standard output. Raises `AnsibleFailed`."""
        with tempfile.TemporaryDirectory(prefix="lineguard-ansible-") as empty:
            # Ansible reads group_vars beside its working directory too, hence an empty one.
            environment = self._environment(Path(empty))
            try:
                child = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                    [find(tool), *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    errors="replace",
                    cwd=empty,
                    env=environment,
                    # A group of its own, to be ended together with a password script.
                    start_new_session=True,
                )
            except OSError as fault:
                raise AnsibleFailed(f"{tool}: {fault.strerror}") from None
            with child:
                answer, errors = self._heard(child, given)
        if child.returncode != 0:
            raise AnsibleFailed(_said(errors))
        return answer

    def _heard(self, child: subprocess.Popen[str], given: str) -> tuple[str, str]:
        try:
            return child.communicate(given, timeout=self.time_limit_s)
        except subprocess.TimeoutExpired:
            raise AnsibleFailed(f"no answer within {self.time_limit_s:g} s") from None
        finally:
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)

    def _environment(self, empty: Path) -> dict[str, str]:
        # An empty file of our own, because Ansible refuses /dev/null for its ending.
        config = empty / "ansible.cfg"
        config.touch()
        own = {
            "PATH": os.environ.get("PATH", os.defpath),
            # Kept for password scripts; Ansible itself has its own home below.
            "HOME": os.environ.get("HOME", str(empty)),
            "ANSIBLE_HOME": str(empty),
            "ANSIBLE_CONFIG": str(config),
        }
        if self.vault_password_file is not None:
            own["ANSIBLE_VAULT_PASSWORD_FILE"] = str(self.vault_password_file.absolute())
        return {**own, **ENVIRONMENT}


def find(tool: str) -> str:
    """The tool of the environment that runs us, else the one on the path.
    Raises `AnsibleFailed`."""
    beside = Path(sys.executable).parent / tool
    found = str(beside) if beside.is_file() else shutil.which(tool)
    if found is None:
        raise AnsibleFailed(f"{tool} is not installed")
    return found


def _said(errors: str) -> str:
    """The error lines of what Ansible wrote, without warnings, colours and file dumps."""
    lines = [COLOUR.sub("", line[:1000]).strip() for line in errors[:100_000].splitlines()]
    wrong = [line for line in lines if line.startswith(("[ERROR]", "ERROR"))]
    causes = [line for line in lines if line.startswith("[WARNING]: Failed to parse")]
    chosen = causes or wrong or [line for line in lines if line][-1:]
    return " ".join(chosen) or "nothing"
