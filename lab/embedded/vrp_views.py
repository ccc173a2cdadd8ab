"""The views of a VRP console that a change of password goes through: system, AAA, and `save`."""

from __future__ import annotations

import re
from typing import Final

from lab.embedded.accounts import Account, Obedience

LOCAL_USER: Final = re.compile(
    r"local-user (?P<user>\S+) password (?:irreversible-cipher|cipher) (?P<password>\S+)"
)
REFUSED: Final = ["Error: The password does not meet the complexity requirements."]
NO_SUCH: Final = ["Error: Unrecognized command found at '^' position."]
SAVE_QUESTION: Final = [
    "The current configuration will be written to the device.",
    "Are you sure to continue?[Y/N]",
]
SAVED: Final = ["Save the configuration successfully."]


class Views:
    """Where one session is. `deaf`: the device says nothing any more."""

    def __init__(self, account: Account, *, two_staged: bool = False) -> None:
        self._account = account
        self._two_staged = two_staged
        self._candidate: str | None = None
        self._view = ""
        self._asks = False
        self.deaf = False

    @property
    def inside(self) -> bool:
        """In a view that `quit` and `return` lead out of, not out of the console."""
        return bool(self._view)

    def told(self, line: str) -> list[str] | None:
        """What is printed; None for a line that is none of ours."""
        if self._asks:
            self._asks = False
            if line.lower() in ("y", "yes"):
                self._account.save()
                return SAVED
            return []
        if not self._view:
            return self._from_user_view(line)
        if line in ("return", "quit"):
            self._view = "system" if line == "quit" and self._view == "aaa" else ""
            return []
        if line == "aaa":
            self._view = "aaa"
            return []
        if line == "commit":
            self._commits()
            return []
        found = LOCAL_USER.fullmatch(line)
        if found and self._view == "aaa":
            return self._change(found["user"], found["password"])
        return NO_SUCH

    def _from_user_view(self, line: str) -> list[str] | None:
        if line == "system-view":
            self._view = "system"
            return ["Enter system view, return user view with return command."]
        if line == "save":
            self._asks = True
            return SAVE_QUESTION
        return None

    def _change(self, user: str, password: str) -> list[str]:
        if user != self._account.user:
            return REFUSED
        if self._two_staged and self._account.obedience is not Obedience.REFUSES:
            self._candidate = password
            return []
        if not self._account.change(password):
            return REFUSED
        self.deaf = self._account.obedience is Obedience.DEAF
        return ["Info: After changing the password, the user has to log in again."]

    def _commits(self) -> None:
        if self._candidate is not None:
            self._account.change(self._candidate)
            self._candidate = None

    def prompt(self, user_view: bytes) -> bytes:
        """The prompt of the view; none while a question waits, which ends without a new line."""
        if self._asks:
            return b""
        if not self._view:
            return user_view
        mark = b"-aaa]" if self._view == "aaa" else b"]"
        return user_view.replace(b"<", b"[").replace(b">", mark)
