"""One question to a PostgreSQL server under way, with its evidence so far."""

from __future__ import annotations

from collectors.readings import Trouble
from collectors.sources.database_session import DatabaseQuestion, QueryFailed
from collectors.sources.postgres_line import Line
from phrases import say


class Question(DatabaseQuestion[Line]):
    """As `DatabaseQuestion`, over a line to PostgreSQL."""

    def needs_monitor(self) -> QueryFailed:
        """The role sees only its own sessions: what it would count is not the truth."""
        return QueryFailed(
            Trouble.REFUSED,
            say(
                "{device}: {user} may only see its own sessions; grant it with: "
                "GRANT pg_monitor TO {user}",
                device=self.name,
                user=self.line.access.user,
            ),
        )
