"""New passwords: long, of every class of character, and harmless wherever they are typed.

Left out: letters and digits that are read as each other (0 O o 1 l I), since a person may have to
type one at a console at night; and every character that means something to a shell, to SQL, to a
console's help (`?`) or to a URL. The user's name is never in it, forwards or backwards.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from inventory.logins import ENABLE, PasswordLogin

LOWER: Final = "abcdefghijkmnpqrstuvwxyz"
UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS: Final = "23456789"
MARKS: Final = "-_.+="
ORACLE_MARKS: Final = "_"
"""An Oracle account that is typed without quotes bears no other (Database SQL Reference)."""
NAME_PIECE: Final = 4
"""So many characters of the user's name in a row are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`length` characters, at least one of each class, beginning with a letter."""

    length: int
    marks: str = MARKS


POLICIES: Final = {
    "ssh": Policy(length=24),
    "winssh": Policy(length=24),
    # VRP: 8 to 128 characters of at least two classes; older ones take at most 16 in clear text.
    "cli": Policy(length=16),
    ENABLE: Policy(length=16),
    "postgres": Policy(length=24),
    # Oracle: at most 30 bytes.
    "oracle": Policy(length=24, marks=ORACLE_MARKS),
}
"""16 characters of 61 are 94 bits: out of reach of any guessing at a login."""


def new_password(login: PasswordLogin) -> str:
    """Another one for this login, from the system's source of randomness."""
    policy = POLICIES[login.name]
    while True:
        made = _drawn(policy)
        if not _tells_the_name(made, login.user):
            return made


def _drawn(policy: Policy) -> str:
    classes = (LOWER, UPPER, DIGITS, policy.marks)
    every = "".join(classes)
    while True:
        made = secrets.choice(LOWER + UPPER) + "".join(
            secrets.choice(every) for _ in range(policy.length - 1)
        )
        if all(set(made) & set(one) for one in classes):
            return made


def _tells_the_name(made: str, user: str) -> bool:
    """Whole, or a piece of it, in either direction and whatever the case."""
    low, name = made.lower(), user.lower()
    pieces = {name} if len(name) < NAME_PIECE else {
        name[at : at + NAME_PIECE] for at in range(len(name) - NAME_PIECE + 1)
    }  # fmt: skip
    return any(piece and (piece in low or piece[::-1] in low) for piece in pieces)
