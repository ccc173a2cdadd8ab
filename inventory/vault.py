"""Values encrypted with ansible-vault: opened by Ansible's own tool, through pipes only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from inventory.ansible_child import AnsibleFailed, Child

INLINE: Final = "__ansible_vault"
"""The key under which `ansible-inventory --list` gives an encrypted value, still encrypted."""

Opener = Callable[[str], str]


class VaultClosed(Exception):
    """An encrypted value cannot be opened; `said` is Ansible's reason and holds no value."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def open_vault(sealed: str, child: Child) -> str:
    """The plain text of `$ANSIBLE_VAULT;...`. It passes through pipes, never through a file or
    a command line. Raises `VaultClosed`."""
    if child.vault_password_file is None:
        raise VaultClosed("no vault password file")
    try:
        return child.run("ansible-vault", "decrypt", "--output", "-", "-", given=sealed)
    except AnsibleFailed as fault:
        raise VaultClosed(fault.said) from None


def seal_vault(plain: str, child: Child) -> str:
    """The reverse of `open_vault`, the same way. Raises `VaultClosed`."""
    if child.vault_password_file is None:
        raise VaultClosed("no vault password file")
    try:
        return child.run("ansible-vault", "encrypt", "--output", "-", "-", given=plain)
    except AnsibleFailed as fault:
        raise VaultClosed(fault.said) from None


def is_inline(value: object) -> bool:
    """Is this how Ansible lists an encrypted value?"""
    return isinstance(value, Mapping) and value.keys() == {INLINE}


def opened(value: Any, opener: Opener) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value with every encrypted part of it opened. Raises `VaultClosed`."""
    if is_inline(value):
        return opener(str(value[INLINE]))
    if isinstance(value, Mapping):
        return {key: opened(part, opener) for key, part in value.items()}
    if isinstance(value, list):
        return [opened(part, opener) for part in value]
    return value
