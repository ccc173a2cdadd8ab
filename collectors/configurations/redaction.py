"""Taking the secrets out of a configuration, line by line, before it goes anywhere.

Each secret becomes `<secret:1a2b3c4d>`, a keyed tag of it (see `Veil`): two versions of a text show
that a secret was changed, and nothing of what it is. Four layers, any of which is enough:

1. what stands behind a word that announces a secret (`password`, `pre-shared-key`, ...);
2. whatever follows `cipher`, `simple`, `plain` and their like, vocabulary or not;
3. the forms in which VRP writes ciphertexts and hashes, wherever they stand;
4. long words that look random, and passwords inside addresses (`ftp://user:password@host`).

Where in doubt a word is hidden: a hidden word that was none costs readability and nothing else.
Sources of the forms: VRP5/VRP8 configurations of S, AR, NE and USG as published; oxidized's model
`vrp` hides `%^%#...%^%#` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Protocol

from collectors.consoles.transcript import CONSOLE_WIDTH

LINE_LIMIT: Final = 4_096
"""Characters of a line that are looked at; what stands behind them is hidden as one secret."""


class Veil(Protocol):
    """Gives the tag that stands for a secret. Whoever lacks the site's key can neither find the
    secret by trying nor see that two devices share one."""

    def tag(self, device: str, secret: str) -> str:
        """A few hexadecimal digits."""
        ...


class _Hide(Protocol):
    def __call__(self, secret: str, /) -> str: ...


MARKERS: Final = frozenset(
    {"cipher", "irreversible-cipher", "simple", "plain", "usual", "nonstandard", "encrypted"}
)
"""The next word is a secret."""

ANNOUNCING: Final = (
    "password", "passwd", "passphrase", "pass-phrase", "secret", "shared-key", "preshared",
    "key-string", "authentication-key", "auth-key", "authentication-mode", "privacy-mode",
    "securityname", "credential", "psk", "encryption-key", "authentication-code", "wpa-key",
    "cipher",
)  # fmt: skip
"""Parts of words behind which a secret may stand."""
ALONE: Final = frozenset({"key", "community", "pin", "token"})
"""Whole words behind which a secret may stand."""
NO_COMMUNITY: Final = frozenset({"apply", "if-match", "peer", "ip", "undo"})
"""How lines begin whose `community` is BGP's, or whose secret is not there."""

VOCABULARY: Final = frozenset(
    {
        *MARKERS, "read", "write", "mib-view", "acl", "alias", "view", "group",
        "v1", "v2c", "v3", "params", "udp-domain", "source", "udp-port", "private-netmanager",
        "authentication", "authentication-mode", "privacy", "privacy-mode", "password",
        "securityname", "community", "shared-key", "pre-shared-key", "key-string", "key-id", "mode",
        "set", "md5", "sha", "sha1", "sha2-224", "sha2-256", "sha2-384", "sha2-512", "hmac-md5",
        "hmac-sha1", "hmac-sha256", "sm3", "sm4", "des", "des56", "3des", "3des168", "aes",
        "aes128", "aes192", "aes256", "aaa", "local", "radius", "hwtacacs", "ldap", "ad", "none",
        "scheme", "keychain", "level", "privilege", "service-type", "enable", "disable",
        "complexity-check", "policy", "access-user", "administrator", "history", "record",
        "alert", "expire", "min-length", "policies", "local-user", "all",
    }
)  # fmt: skip
"""Words of VRP's own grammar that may follow an announcement, and are shown."""

STRICT: Final = frozenset(
    {
        "pre-shared-key", "shared-key", "key-string", "authentication-key", "md5-password",
        "securityname", "pass-phrase", "md5", "sha", "sha2-256", "hmac-md5", "hmac-sha256", "sm3",
        "des56", "aes128", "aes192", "aes256",
    }
)  # fmt: skip
"""Once something is announced, the word behind one of these is its value, vocabulary or not."""
GRAMMAR_BEHIND: Final = frozenset(
    {"privacy-mode", "authentication-mode", "policy", "history", "record", "alert", "expire",
     "min-length", "complexity-check", "disable", "enable", "level"}
)  # fmt: skip
"""Words that go on with the grammar where a value may stand."""

NAMING: Final = frozenset({"acl", "mib-view", "level", "udp-port"})
"""What follows these is a name or a number, and shown."""

CIPHER_SUITES: Final = ("ssh server cipher", "ssh client cipher", "undo ssh server cipher")
"""Lines in which `cipher` names algorithms."""

_WRAPPED: Final = re.compile(r"(%\^%#|%@%@|@%@%|%\$%\$|%\+%#|%#%#)")
"""Stands before and behind a reversible ciphertext."""
_HASH: Final = re.compile(r"^\"?\$[0-9a-z]{1,3}\$")
_URL: Final = re.compile(r"(://[^\s/@:]{1,64}:)([^\s/@]{1,128})(@)")
_HEX: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]{32,}")
_RANDOM: Final = re.compile(r"[A-Za-z0-9+/=_!#$%&*?^~-]{24,}")
RANDOM_DIGITS: Final = 2
_INTERFACE: Final = re.compile(r"[A-Za-z-]{1,24}\d{1,4}(?:/\d{1,4}){1,4}")
_TAG: Final = re.compile(r"<secret:[0-9a-f]{8}>")
_WORD: Final = re.compile(r"\S+")
_NUMBER: Final = re.compile(r"\d{1,5}")


_SUSPECT: Final = re.compile(
    "|".join(map(re.escape, (*ANNOUNCING, *sorted(ALONE), *sorted(MARKERS), "://", "%", "@", "$")))
    + r"|\S{24,}",
    re.IGNORECASE,
)
"""Every line with a secret has one of these; most lines of a configuration have none."""


def redacted(lines: Iterable[str], device: str, veil: Veil) -> tuple[str, ...]:
    """The lines with a tag in place of each secret."""

    def hide(secret: str, /) -> str:
        return f"<secret:{veil.tag(device, secret)}>"

    told: list[str] = []
    goes_on = False
    for line in lines:
        told.append(_redacted(line, hide, goes_on=goes_on))
        goes_on = len(line) == CONSOLE_WIDTH and told[-1].endswith(">") and _ends_hidden(told[-1])
    return tuple(told)


def _ends_hidden(line: str) -> bool:
    """A console that breaks lines at its width may break them inside a secret."""
    return line.rpartition(" ")[2].startswith("<secret:")


def _redacted(line: str, hide: _Hide, *, goes_on: bool) -> str:
    if not goes_on and len(line) <= LINE_LIMIT and _SUSPECT.search(line) is None:
        return line
    rest = line[LINE_LIMIT:]
    line = line[:LINE_LIMIT]
    line = _URL.sub(lambda found: found[1] + hide(found[2]) + found[3], line)
    line = _unwrapped(line, hide)
    words = list(_WORD.finditer(line))
    hidden = _hidden([one[0] for one in words])
    if goes_on and hidden:
        hidden[0] = True
    told, at = [], 0
    for word, secret in zip(words, hidden, strict=True):
        told += [line[at : word.start()], hide(word[0]) if secret else word[0]]
        at = word.end()
    return "".join(told) + line[at:] + (hide(rest) if rest else "")


def _unwrapped(line: str, hide: _Hide) -> str:
    """Without the ciphertexts that stand between marks; one that is not closed ends the line."""
    told = ""
    while (opens := _WRAPPED.search(line)) is not None:
        closes = line.find(opens[0], opens.end())
        end = len(line) if closes < 0 else closes + len(opens[0])
        told += line[: opens.start()] + hide(line[opens.start() : end])
        line = line[end:]
    return told + line


def _hidden(words: list[str]) -> list[bool]:
    """Which of these words are secrets, or may be."""
    bare = [word.strip("\"'").lower() for word in words]
    suites = " ".join(bare[:4]).startswith(CIPHER_SUITES)
    announced = False
    found: list[bool] = []
    for index, word in enumerate(words):
        after = bare[index - 1] if index else ""
        secret = not suites and (
            _is_marked(bare, index)
            or (announced and _is_no_word_of_vrp(bare, index))
            or (announced and after in ("read", "write") and bare[index] not in MARKERS)
            or (announced and _is_a_value(after, bare, index))
        )
        secret = (secret or _looks_secret(word)) and not _TAG.fullmatch(word)
        found.append(secret)
        announced = announced or _announces(bare, index)
    return found


def _is_marked(bare: list[str], index: int) -> bool:
    """Right behind a marker; of two markers in a row the second is a secret if nothing follows."""
    if index == 0 or bare[index - 1] not in MARKERS:
        return False
    return bare[index] not in MARKERS or index == len(bare) - 1


def _is_a_value(after: str, bare: list[str], index: int) -> bool:
    """Right behind a word that a value always follows. The number of a key is none."""
    word = bare[index]
    if after not in STRICT and after != "password":
        return False
    if _NUMBER.fullmatch(word) and index + 1 < len(bare) and bare[index + 1] in MARKERS:
        return False
    return word not in MARKERS and word not in GRAMMAR_BEHIND


def _is_no_word_of_vrp(bare: list[str], index: int) -> bool:
    """A key's number before its marker is shown (`md5 1 cipher ...`)."""
    if _NUMBER.fullmatch(bare[index]) and bare[index - 1] not in NAMING:
        return not (index + 1 < len(bare) and bare[index + 1] in MARKERS)
    return bare[index] not in VOCABULARY and bare[index - 1] not in NAMING


def _announces(bare: list[str], index: int) -> bool:
    word = bare[index]
    if word == "community":
        return bare[0] not in NO_COMMUNITY
    return word in ALONE or any(part in word for part in ANNOUNCING)


def _looks_secret(word: str) -> bool:
    """A hash, a long hexadecimal number, or a long word of mixed letters and digits."""
    bare = word.strip("\"',;")
    if _HASH.match(word) or _HEX.fullmatch(bare):
        return True
    if not _RANDOM.fullmatch(bare) or _INTERFACE.fullmatch(bare):
        return False
    digits = sum(letter.isdigit() for letter in bare)
    mixed = any(c.islower() for c in bare) and any(c.isupper() for c in bare)
    return mixed and digits >= RANDOM_DIGITS
