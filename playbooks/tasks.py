"""Which task carries out which order. The table is all that a playbook of M48 can do."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from inventory.logins import How
from playbooks.orders import Done, Order, Outcome, Task, Work

TASKS: Final[Mapping[tuple[str, Work], tuple[str, str]]] = {
    (How.PASSWD, Work.CHANGE): ("playbooks.linux_password", "by_passwd"),
    (How.SUDO_CHPASSWD, Work.TRY): ("playbooks.linux_password", "may_chpasswd"),
    (How.SUDO_CHPASSWD, Work.CHANGE): ("playbooks.linux_password", "by_chpasswd"),
    (How.VRP_AAA, Work.TRY): ("playbooks.vrp_password", "may_change"),
    (How.VRP_AAA_CIPHER, Work.TRY): ("playbooks.vrp_password", "may_change"),
    (How.VRP_AAA, Work.CHANGE): ("playbooks.vrp_password", "change"),
    (How.VRP_AAA, Work.KEEP): ("playbooks.vrp_password", "keep"),
    (How.VRP_AAA_CIPHER, Work.CHANGE): ("playbooks.vrp_password", "change"),
    (How.VRP_AAA_CIPHER, Work.KEEP): ("playbooks.vrp_password", "keep"),
    (How.ALTER_ROLE, Work.CHANGE): ("playbooks.postgres_password", "by_alter_role"),
    (How.WINDOWS, Work.CHANGE): ("playbooks.windows_password", "by_account"),
    (How.ORACLE, Work.CHANGE): ("playbooks.oracle_password", "by_driver"),
}
"""Imported when asked for, so that a change pays for its own protocol only."""


def needs_keeping(how: How) -> bool:
    """Does the device forget it at a restart unless it is told to keep it?"""
    return (how, Work.KEEP) in TASKS


def can_be_tried(how: How) -> bool:
    """Can it be found out beforehand whether the account may change its password?"""
    return (how, Work.TRY) in TASKS


def carry_out(order: Order) -> Done:
    """Do it, on the device."""
    where = TASKS.get((How(order.how), order.work))
    if where is None:
        return Done(outcome=Outcome.REFUSED, said="no playbook does that")
    task: Task = getattr(import_module(where[0]), where[1])
    return task(order)
