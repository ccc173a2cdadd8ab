"""PostgreSQL: a role changes its own password. What is sent is a verifier made here (SCRAM-SHA-256,
RFC 5802), so that the password itself stands in no log of the server and in no statistics view."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from playbooks.orders import Done, Order, Outcome, said

ALGORITHM: Final = "scram-sha-256"
STATEMENT: Final = sql.SQL("ALTER ROLE {role} PASSWORD {verifier}")
"""https://www.postgresql.org/docs/current/sql-alterrole.html: ordinary roles can change their own
password. The only statement that is sent."""


def by_alter_role(order: Order) -> Done:
    """One login with the old password, one statement."""
    try:
        connection = psycopg.connect(
            host=order.host, port=order.port, user=order.user, password=order.old,
            dbname=order.database, sslmode="require" if order.tls else "prefer",
            connect_timeout=max(2, round(order.timeout_s)), application_name="lineguard",
            require_auth="scram-sha-256,md5,none", passfile="/dev/null", autocommit=True,
            options=f"-c statement_timeout={round(order.timeout_s * 1000)}",
        )  # fmt: skip
    except psycopg.Error as cause:
        return Done(outcome=Outcome.REFUSED, said=said(order, str(cause)))
    with connection:
        try:
            connection.execute(_statement(connection, order))
        except psycopg.Error as cause:
            told = cause.sqlstate is not None  # the server itself said no
            outcome = Outcome.REFUSED if told else Outcome.UNSURE
            return Done(outcome=outcome, said=said(order, str(cause)))
    return Done(outcome=Outcome.DONE)


def _statement(connection: psycopg.Connection, order: Order) -> sql.Composed:
    verifier = connection.pgconn.encrypt_password(
        order.new.encode(), order.user.encode(), ALGORITHM.encode()
    )
    return STATEMENT.format(
        role=sql.Identifier(order.user), verifier=sql.Literal(verifier.decode("ascii"))
    )
