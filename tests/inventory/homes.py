"""Estates on disk for tests, and Ansible's listing of simple ones without starting Ansible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from inventory.ansible_child import Child
from inventory.listing import Listing
from inventory.loader import load_estate, survey
from inventory.model import Estate
from inventory.problems import EstateError, Problem
from inventory.sheets import read_folder

LIMITS = frozenset({"cpu_average", "cpu_maximum"})

SWITCH = """\
all:
  children:
    site_primary:
      hosts:
        sw-1:
          ansible_host: 127.0.0.1
          lineguard:
            snmp: {port: 1161, secret: sw-1-snmp}
    switch:
      hosts: {sw-1: }
"""
"""The smallest estate: one switch; its `lineguard` stands on line 7."""


def write(folder: Path, **files: str | bytes) -> Path:
    """An estate; `hosts=` is hosts.yml, `group_vars__all=` is group_vars/all.yml."""
    for name, content in files.items():
        path = folder / "estate" / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(dedent(content), encoding="utf-8")
    return folder / "estate"


def problems_of(folder: Path, **more: Any) -> tuple[Problem, ...]:  # noqa: ANN401
    """What `load_estate` complains about; nothing when it does not."""
    try:
        load_estate(folder, None, limit_names=LIMITS, cache=None, **more)
    except EstateError as fault:
        return fault.problems
    return ()


def surveyed(folder: Path) -> tuple[Estate, tuple[Problem, ...]]:
    """An estate and its problems, listed by `listed` instead of Ansible."""
    sheets, faults = read_folder(folder)
    assert not faults
    listing = listed(yaml.safe_load((folder / "hosts.yml").read_text(encoding="utf-8")))
    return survey(listing, sheets, LIMITS, Child())


def listed(document: Mapping[str, Any]) -> Listing:
    """Ansible's listing of one hosts.yml with flat groups. `test_listing` compares the two."""
    variables: dict[str, dict[str, Any]] = {}
    groups: dict[str, set[str]] = {}
    found = list(_groups(document))
    for name, body in found:
        for host in body.get("hosts") or {}:
            groups.setdefault(host, set()).add(name)
            variables.setdefault(host, {}).update(body.get("vars") or {})
    for _, body in found:
        for host, own in (body.get("hosts") or {}).items():
            variables[host].update(own or {})
    return Listing(
        variables={host: values for host, values in variables.items() if values},
        groups={host: frozenset(names - {"all", "ungrouped"}) for host, names in groups.items()},
        known_groups=frozenset(name for name, _ in found) - {"all", "ungrouped"},
    )


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, body in document.items():
        yield name, body or {}
        yield from _groups((body or {}).get("children") or {})
