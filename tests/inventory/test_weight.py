"""The types of the estate are imported by every command, so they stay light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("yaml", "subprocess", "ansible", "asyncio", "hashlib")


def imported(module: str) -> set[str]:
    """The modules that a fresh interpreter holds after importing one."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("heavy", HEAVY)
def test_the_model_brings_nothing_heavy(heavy: str) -> None:
    assert heavy not in imported("inventory.model")


def test_the_loader_reads_yaml_and_never_imports_ansible() -> None:
    names = imported("inventory.loader, inventory.secrets")
    assert "yaml" in names
    assert "ansible" not in names
