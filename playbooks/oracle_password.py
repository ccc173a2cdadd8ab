"""Oracle: an account changes its own password through the driver's call for it (thin mode), which
encrypts both as a login does; no SQL text holds either. The account needs no further grant.
Source: python-oracledb, `Connection.changepassword`."""

from __future__ import annotations

import oracledb

from playbooks.orders import Done, Order, Outcome, said


def by_driver(order: Order) -> Done:
    """One login with the old password, one call."""
    try:
        connection = oracledb.connect(
            user=order.user, password=order.old, host=order.host, port=order.port,
            service_name=order.service, tcp_connect_timeout=order.timeout_s, retry_count=0,
        )  # fmt: skip
    except (oracledb.Error, OSError) as cause:
        return Done(outcome=Outcome.REFUSED, said=said(order, str(cause)))
    with connection:
        try:
            connection.changepassword(order.old, order.new)
        except (oracledb.Error, OSError) as cause:
            refused = getattr(cause.args[0] if cause.args else None, "full_code", "").startswith(
                "ORA-"
            )
            outcome = Outcome.REFUSED if refused else Outcome.UNSURE
            return Done(outcome=outcome, said=said(order, str(cause)))
    return Done(outcome=Outcome.DONE)
