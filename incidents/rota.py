"""Who is on duty. Without a rota in people.yml a person's role says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from incidents.escalation import Post
from inventory.model import Person, Role

BY_ROLE: Final[Mapping[Post, Role]] = MappingProxyType(
    {
        Post.PRIMARY: Role.OPERATOR,
        Post.SUPERVISOR: Role.SUPERVISOR,
        Post.PURCHASER: Role.PURCHASER,
    }
)


@dataclass(frozen=True, slots=True)
class RoleRoster:
    """Everybody of a role holds its post at all times: what a home without a rota has."""

    people: tuple[Person, ...]

    def on_duty(self, post: Post, at: datetime) -> tuple[str, ...]:
        """Names of persons; empty for a post that no role fills."""
        role = BY_ROLE.get(post)
        return tuple(one.name for one in self.people if role in one.roles)
