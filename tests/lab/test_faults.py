"""The table of faults, and what they do to devices other than their usual ones."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.catalogue import item, limit_names
from checks.judging import judge_item, wanted
from checks.verdict import State
from collectors.session import Means
from collectors.visitor import Visitor
from inventory.loader import load_estate
from inventory.model import Device, Estate
from inventory.secrets import SecretStore
from lab.embedded.control import Refusal
from lab.embedded.faults import FAULTS, Fault, fault_named
from lab.embedded.home import EXAMPLE_ESTATE, PracticeHome, prepare_practice_home
from lab.embedded.peers import SiteMeans
from lab.embedded.ports import is_free
from lab.embedded.site import PracticeSite, running, site_of
from lineguard.reference import NothingRemembered


@pytest.fixture(scope="module")
def example() -> Estate:
    return load_estate(EXAMPLE_ESTATE, None, limit_names=limit_names(), cache=None)


def _now() -> datetime:
    return datetime.now(UTC)


def test_there_are_at_least_fifteen_faults_of_different_names_on_devices_that_they_fit(
    example: Estate,
) -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 15
    assert all(fault.fits(example.device(fault.device)) for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_told_in_chinese_as_well(fault: Fault) -> None:
    assert fault.title.text("zh") != fault.title.text("en")


@pytest.mark.parametrize("name", [one.name for one in FAULTS if not one.everywhere])
def test_what_must_be_seen_names_a_check_of_the_catalogue(name: str, example: Estate) -> None:
    fault = fault_named(name)
    device = example.device(fault.seen.by or fault.device)
    due = item(fault.seen.item)
    assert due.applies_to(device)
    assert fault.seen.check in {check.name for check in due.checks if check.applies_to(device)}


@asynccontextmanager
async def _site(tmp_path: Path, *names: str) -> AsyncIterator[tuple[PracticeSite, Visitor]]:
    """Some devices of a practice site, in this process."""
    home = prepare_practice_home(tmp_path / "home")
    whole = load_estate(home.estate, None, limit_names=limit_names(), cache=None)
    devices = tuple(replace(one, depends_on=()) for one in whole.devices if one.name in names)
    means = Means(secrets=SecretStore(home.secrets), known_hosts=home.known_hosts, clock=_now)
    site = site_of(replace(whole, devices=devices), _means(home), home.reference_points())
    async with running(site):
        yield site, Visitor({one.name: one for one in devices}, means)


def _means(home: PracticeHome) -> SiteMeans:
    return SiteMeans(
        secrets=SecretStore(home.secrets), host_keys=home.host_keys, data=home.lab / "postgres"
    )


async def _verdict(site: PracticeSite, visitor: Visitor, name: str, row: str, check: str) -> State:
    device: Device = site.scene.worlds[name].device
    due = item(row)
    visit = await visitor.visit(name, wanted(due, device), NothingRemembered())
    judged = {one.check: one for one in judge_item(due, device, visit)}
    return judged[check].verdict.state


ELSEWHERE = [
    ("cpu-91", "rt-gov-1", "M46", "cpu"),
    ("memory-93", "rt-gov-1", "M46", "memory"),
    ("fan-failed", "rt-gov-1", "M44", "power_and_fans"),
    ("supply-lost", "rt-dr-1", "M44", "power_and_fans"),
    ("temperature-51", "rt-gov-1", "M44", "temperatures"),
    ("port-down", "rt-gov-1", "M44", "ports"),
    ("ha-switched", "fw-core-2", "M44", "ha"),
    ("trunk-down", "gw-1960-dr", "M34", "alarms"),
    ("disk-97", "usm-1", "M02", "file_systems"),
    ("blocked-session", "db-dr-1", "M08", "user_locks"),
    ("connections-905", "db-dr-1", "M09", "connections"),
]


async def test_a_fault_on_another_device_is_answered_there_and_taken_back(tmp_path: Path) -> None:
    names = {name for _, name, _, _ in ELSEWHERE}
    async with _site(tmp_path, *names) as (site, visitor):
        for fault, name, row, check in ELSEWHERE:
            assert await _verdict(site, visitor, name, row, check) is State.NORMAL
            await site.break_fault(fault, name)
            assert await _verdict(site, visitor, name, row, check) is State.ABNORMAL, fault
            await site.mend(fault)
            assert await _verdict(site, visitor, name, row, check) is State.NORMAL


async def test_mending_one_of_two_faults_leaves_the_other(tmp_path: Path) -> None:
    async with _site(tmp_path, "rt-core-1") as (site, visitor):
        await site.break_fault("cpu-91")
        await site.break_fault("temperature-51")
        await site.mend("cpu-91")
        assert await _verdict(site, visitor, "rt-core-1", "M46", "cpu") is State.NORMAL
        temperature = await _verdict(site, visitor, "rt-core-1", "M44", "temperatures")
        assert temperature is State.ABNORMAL


async def test_a_site_whose_port_is_taken_starts_nothing_at_all(tmp_path: Path) -> None:
    home = prepare_practice_home(tmp_path / "home")
    whole = load_estate(home.estate, None, limit_names=limit_names(), cache=None)
    devices = tuple(one for one in whole.devices if one.name in ("ups-1", "sms-1", "app-1"))
    site = site_of(replace(whole, devices=devices), _means(home), home.reference_points())
    port = site.scene.worlds["sms-1"].peers["http"].port
    with socket.create_server(("127.0.0.1", port)), pytest.raises(OSError, match="in use"):
        await site.start()
    assert all(is_free(peer.port) for peer in site.scene.peers())
    async with running(site):  # as `lab up` does once the port is free again
        assert not any(is_free(peer.port) for peer in site.scene.peers())


async def test_a_fault_that_befalls_no_such_device_is_refused(tmp_path: Path) -> None:
    async with _site(tmp_path, "ups-1") as (site, _):
        with pytest.raises(Refusal, match="trunk-down cannot befall ups-1"):
            await site.break_fault("trunk-down", "ups-1")
        assert fault_named("trunk-down").device not in site.scene.worlds
        with pytest.raises(Refusal, match="has no device gw-1960-1"):
            await site.break_fault("trunk-down")
