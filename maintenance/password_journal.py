"""The journal of changed passwords: every step is an entry and its row, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from collectors.readings.passwords import LoginRecord, PasswordRecord
from inventory.logins import PasswordLogin
from logbook.book import Logbook
from maintenance.password_stages import OVER, Change, Stage
from phrases import Phrase, say
from store.database import Store
from store.schema import entry, password_change
from store.stored import member, parse_instant

PASSWORD_ENTRY: Final = "password"  # noqa: S105  (the kind of the entries)

Actor = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordJournal:
    """Where the changes of a home are written down. `actor`: who has them made."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]
    actor: Actor

    def begin(self, login: PasswordLogin) -> Change:
        """A new change, planned. Raises `StoreTrouble`."""
        why = say("{login}: the password is to be changed", login=login.shown)
        at = self.clock()
        with self.store.write() as tx:
            last = tx.execute(select(func.max(password_change.c.id))).scalar() or 0
            change = Change(
                id=last + 1, device=login.device, login=login.name, secret=login.secret,
                how=login.how.value, stage=Stage.PLANNED, began_at=at, updated_at=at,
            )  # fmt: skip
            number = self._entry(tx, change, None, why, at)
            row = {
                "id": change.id, "device": change.device, "login": change.login,
                "secret": change.secret, "how": change.how, "stage": change.stage.value,
                "began_at": at, "updated_at": at, "first_entry": number, "last_entry": number,
            }  # fmt: skip
            tx.execute(insert(password_change), [row])
        return change

    def step(self, change: Change, to: Stage, why: Phrase) -> Change:
        """The next stage, and why. Raises `StoreTrouble`."""
        at = self.clock()
        after = Change(
            id=change.id, device=change.device, login=change.login, secret=change.secret,
            how=change.how, stage=to, began_at=change.began_at, updated_at=at,
        )  # fmt: skip
        with self.store.write() as tx:
            number = self._entry(tx, after, change.stage, why, at)
            tx.execute(
                update(password_change)
                .where(password_change.c.id == change.id)
                .values(stage=to.value, updated_at=at, last_entry=number)
            )
            if to in OVER or to is Stage.HALF_DONE:
                self.logbook.checkpoint(tx, at)
        return after

    def unfinished(self) -> tuple[Change, ...]:
        """Every change that is not over, oldest first. Raises `StoreTrouble`."""
        over = [stage.value for stage in OVER]
        with self.store.read() as tx:
            found = tx.execute(
                select(password_change)
                .where(password_change.c.stage.not_in(over))
                .order_by(password_change.c.id)
            ).all()
        return tuple(_change(row) for row in found)

    def _entry(
        self, tx: Connection, change: Change, before: Stage | None, why: Phrase, at: datetime
    ) -> int:
        body: dict[str, Any] = {
            "change": change.id,
            "device": change.device,
            "login": change.login,
            "secret": change.secret,
            "how": change.how,
            "from": before.value if before else None,
            "to": change.stage.value,
            "actor": self.actor,
            "why": why.both(),
        }
        return self.logbook.append(tx, PASSWORD_ENTRY, body, at)


@dataclass(frozen=True, slots=True)
class StoredRecords:
    """Fulfils `collectors.session.PasswordRecords` from the store, opened when it is asked."""

    store: Callable[[], Store]

    def of_device(self, device: str) -> PasswordRecord:
        """What is on record about one device. Raises `StoreTrouble`."""
        with self.store().read() as tx:
            since = tx.execute(select(entry.c.at).where(entry.c.seq == 1)).scalar()
            found = tx.execute(
                select(password_change)
                .where(password_change.c.device == device)
                .order_by(password_change.c.id)
            ).all()
        logins: dict[str, LoginRecord] = {}
        for change in map(_change, found):
            logins[change.login] = _told(change, logins.get(change.login))
        began = None if since is None else parse_instant(since)
        return PasswordRecord(since=began, logins=tuple(logins.values()))


def _told(change: Change, before: LoginRecord | None) -> LoginRecord:
    """The record of a login after one more change of it."""
    done = before.done_at if before is not None else None
    if change.stage is Stage.DONE:
        done = change.updated_at
    still_open = change.stage not in OVER
    return LoginRecord(
        login=change.login,
        done_at=done,
        open_stage=change.stage.value if still_open else None,
        open_since=change.updated_at if still_open else None,
    )


def _change(row: Row[Any]) -> Change:
    return Change(
        id=row.id,
        device=row.device,
        login=row.login,
        secret=row.secret,
        how=row.how,
        stage=member(Stage, row.stage),
        began_at=row.began_at,
        updated_at=row.updated_at,
    )
