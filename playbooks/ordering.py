"""From a device of the estate to the order that a playbook carries out."""

from __future__ import annotations

from pathlib import Path

from inventory.logins import ENABLE, PasswordLogin
from inventory.model import Cli, Device, Oracle, Postgres
from playbooks.orders import Order, Work


def order_for(
    device: Device, login: PasswordLogin, work: Work, old: str, new: str, known_hosts: Path
) -> Order:
    """What is to be done to that login."""
    access = getattr(device.access, "cli" if login.name == ENABLE else login.name)
    return Order(
        work=work,
        how=login.how.value,
        device=device.name,
        host=device.address,
        port=access.port,
        user=login.user,
        old=old,
        new=new,
        known_hosts=str(known_hosts),
        timeout_s=getattr(access, "timeout_s", 10.0),
        driver=access.driver if isinstance(access, Cli) else "",
        database=access.database if isinstance(access, Postgres) else "",
        tls=access.tls if isinstance(access, Postgres) else False,
        service=access.service if isinstance(access, Oracle) else "",
    )
