"""`lineguard.toml`: every key has a default; a key we do not know is an error with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from lineguard.intake_settings import Intake
from lineguard.setting_values import (
    Reader,
    busy_hours,
    flag,
    full_match,
    number_value,
    shifts_value,
    text_value,
    texts_value,
)
from lineguard.toml_words import why_no_toml
from phrases import Phrase, say
from phrases.system import reason

POINT: Final = re.compile(r"(?:tcp://\w[\w.-]*:(?P<port>\d{1,5})|icmp://\w[\w.-]*)", re.ASCII)
MOST_PORTS: Final = 65_535
MOST_DAYS: Final = 3_650
MOST_MESSAGES: Final = 1_000_000_000
CHANNEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
CHANNEL_URL: Final = re.compile(r"[a-z][a-z0-9]{1,30}://\S{1,500}")
TICKET_KIND: Final = re.compile(r"roundup|rt")
TICKET_URL: Final = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|https?://(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d{1,5})?"
    r"/(?:[A-Za-z0-9._~-]+/)*"
)
"""A password goes over it with every request: TLS, unless it never leaves this machine."""
TICKET_NAME: Final = re.compile(r"[^\s:\x00-\x1f\x7f]{1,60}")
QUEUE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,60}")
ITEM: Final = re.compile(r"[MRS][0-9]{1,3}", re.ASCII)
MOST_LOOKS: Final = 10
LOOPBACK: Final = re.compile(r"(127(?:\.\d{1,3}){3}|\[::1\]):(?P<port>\d{1,5})", re.ASCII)
LISTEN: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):(?P<port>\d{1,5})", re.ASCII)
PING: Final = re.compile(r"https?://\S{1,500}")
SECRET_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
HEART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""A name that heartbeats come under; it stands in a label, so it is short and plain."""
MOST_HEARTS: Final = 200
LONGEST_BEAT_S: Final = 40 * 86_400
LONGEST_PING_S: Final = 30
STORE: Final = re.compile(r"(sqlite|postgresql)://\S+")
LONGEST_INTERVAL_S: Final = 86_400
MOST_AT_ONCE: Final = 1_000


class SettingsWrong(Exception):
    """The settings file cannot be used; the sentence names file and line."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What this installation is called in the logbook and on pages."""

    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """`url` empty: the SQLite file in the home."""

    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Hours as `HH:MM-HH:MM` of Shanghai; a shift that ends before it begins runs past midnight.
    Empty means the defaults of `maintenance.calendar`. `busy_hours_off` is for days off."""

    shifts: Mapping[str, str] = field(default_factory=dict)
    busy_hours: tuple[str, ...] = ()
    busy_hours_off: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Seconds between looks: is it there, is it well, and is a database well (defaults of the
    contract)."""

    contact_s: int = 60
    state_s: int = 300
    database_s: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """`concurrency`: devices visited at once. `visit_limit_s`: the longest visit to one."""

    concurrency: int = 32
    visit_limit_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """`vault_password_file`: what opens ansible-vault values, relative to the home."""

    vault_password_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """`postgres_binaries`: the folder of postgres, initdb and pg_restore for trial restores; empty
    means those of the practice extra, if it is installed."""

    postgres_binaries: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """`confirm`: items that are believed to be abnormal only when they were seen so that many
    times without a break. The watch looks again, with every look at the device."""

    confirm: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """`address`: where the daemon answers /metrics and /health, on this machine only; empty:
    nowhere."""

    address: str = "127.0.0.1:9412"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """`url` is called after every tick; `{secret:NAME}` in it stands for a secret, and `secret`
    names one that is sent as a bearer token. `expect_s`: who has to give a sign of life, and after
    how many seconds at the latest. `token` names the secret that they show; `listen` is where they
    reach us from outside (empty: on `serve.address` alone)."""

    url: str = ""
    secret: str = ""
    timeout_s: int = 5
    expect_s: Mapping[str, int] = field(default_factory=dict)
    token: str = ""
    listen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to people: an Apprise URL in which `{address}` stands for the person's address on it
    (people.yml) and `{secret:NAME}` for a secret; `needs` are the devices it leads through."""

    url: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """The ticket service that incidents are filed in; none while `kind` is empty. `url` is its web
    address, `user` who we are there, `secret` the name of that user's password, `queue` the queue
    of Request Tracker."""

    kind: str = ""
    url: str = ""
    user: str = ""
    secret: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `practice` is only a wish: the first logbook entry says what the home is.
    `reference_points`: `tcp://host:port` or `icmp://host`, what answers when our own way out is
    whole."""

    practice: bool = False
    reference_points: tuple[str, ...] = ()
    site: Site = field(default_factory=Site)
    store: Store = field(default_factory=Store)
    calendar: Calendar = field(default_factory=Calendar)
    watch: Watch = field(default_factory=Watch)
    round: Round = field(default_factory=Round)
    secrets: Secrets = field(default_factory=Secrets)
    backups: Backups = field(default_factory=Backups)
    intake: Intake = field(default_factory=Intake)
    tickets: Tickets = field(default_factory=Tickets)
    incidents: Incidents = field(default_factory=Incidents)
    serve: Serve = field(default_factory=Serve)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """In the order in which they are tried."""


SECTIONS: Final[Mapping[str, type[Any]]] = {
    "site": Site,
    "store": Store,
    "calendar": Calendar,
    "watch": Watch,
    "round": Round,
    "secrets": Secrets,
    "backups": Backups,
    "intake": Intake,
    "tickets": Tickets,
    "incidents": Incidents,
    "serve": Serve,
    "heartbeat": Heartbeat,
}


def _points(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    points: tuple[str, ...] = texts_value(POINT)(value)
    ports = (POINT.fullmatch(one) for one in points)
    if any(one and one["port"] and not 1 <= int(one["port"]) <= MOST_PORTS for one in ports):
        raise ValueError
    return points


def _bound(pattern: re.Pattern[str]) -> Reader:
    """An address with a port, or nothing."""

    def read(value: Any) -> str:  # noqa: ANN401
        address: str = text_value(pattern)(value)
        found = pattern.fullmatch(address)
        if found and not 1 <= int(found["port"]) <= MOST_PORTS:
            raise ValueError
        return address

    return read


def _hearts(value: Any) -> dict[str, int]:  # noqa: ANN401
    if not isinstance(value, dict) or len(value) > MOST_HEARTS:
        raise ValueError
    return {
        full_match(name, HEART): number_value(LONGEST_BEAT_S)(one) for name, one in value.items()
    }


def _confirmed(value: Any) -> dict[str, int]:  # noqa: ANN401
    if not isinstance(value, dict) or not all(ITEM.fullmatch(name) for name in value):
        raise ValueError
    return {name: number_value(MOST_LOOKS)(times) for name, times in value.items()}


def _channels(value: Any) -> dict[str, Channel]:  # noqa: ANN401
    if not isinstance(value, dict) or not all(CHANNEL.fullmatch(name) for name in value):
        raise ValueError
    return {name: _channel(one) for name, one in value.items()}


def _channel(value: Any) -> Channel:  # noqa: ANN401
    if not isinstance(value, dict) or not {"url"} <= value.keys() <= {"url", "needs"}:
        raise ValueError
    needs = texts_value(CHANNEL)(value.get("needs", []))
    return Channel(url=full_match(value["url"], CHANNEL_URL), needs=needs)


_LISTEN_FORM: Final = say("an address and a port, such as 0.0.0.0:1162")
_SECONDS: Final = number_value(LONGEST_INTERVAL_S)
_HOURS_FORM: Final = say(
    'a list such as ["09:00-11:00", "15:00-17:00"], each beginning before it ends, none overlapping'
)
_SECONDS_FORM: Final = say("a number of seconds from 1 to {most}", most=LONGEST_INTERVAL_S)
_TEXT_FORM: Final = say("a text in quotes, on one line")

FORMS: Final[Mapping[str, tuple[Reader, Phrase]]] = {
    "practice": (flag, say("true or false")),
    "reference_points": (
        _points,
        say('a list such as ["tcp://10.1.1.1:53", "icmp://10.1.1.2"]'),
    ),
    "site.name": (text_value(), _TEXT_FORM),
    "store.url": (text_value(STORE), say("sqlite:///FILE or postgresql://USER@HOST/DATABASE")),
    "calendar.shifts": (
        shifts_value,
        say('a table such as {{ day = "08:00-20:00" }}, no shift ending when it begins'),
    ),
    "calendar.busy_hours": (busy_hours, _HOURS_FORM),
    "calendar.busy_hours_off": (busy_hours, _HOURS_FORM),
    "watch.contact_s": (_SECONDS, _SECONDS_FORM),
    "watch.state_s": (_SECONDS, _SECONDS_FORM),
    "watch.database_s": (_SECONDS, _SECONDS_FORM),
    "round.concurrency": (
        number_value(MOST_AT_ONCE),
        say("a number from 1 to {most}", most=MOST_AT_ONCE),
    ),
    "round.visit_limit_s": (_SECONDS, _SECONDS_FORM),
    "secrets.vault_password_file": (text_value(), _TEXT_FORM),
    "backups.postgres_binaries": (text_value(), _TEXT_FORM),
    "intake.traps": (_bound(LISTEN), _LISTEN_FORM),
    "intake.syslog": (_bound(LISTEN), _LISTEN_FORM),
    "intake.syslog_tcp": (_bound(LISTEN), _LISTEN_FORM),
    "intake.syslog_tls": (_bound(LISTEN), _LISTEN_FORM),
    "intake.web": (_bound(LISTEN), _LISTEN_FORM),
    "intake.community": (text_value(SECRET_NAME), say("the name of a secret")),
    "intake.tls_certificate": (text_value(), _TEXT_FORM),
    "intake.tls_key": (text_value(), _TEXT_FORM),
    "intake.tls_clients": (text_value(), _TEXT_FORM),
    "intake.keep_days": (number_value(MOST_DAYS), say("a number from 1 to {most}", most=MOST_DAYS)),
    "intake.keep_messages": (
        number_value(MOST_MESSAGES),
        say("a number from 1 to {most}", most=MOST_MESSAGES),
    ),
    "tickets.kind": (text_value(TICKET_KIND), say("roundup or rt")),
    "tickets.url": (
        text_value(TICKET_URL),
        say(
            "the web address of the ticket service, such as https://tickets.example.cn/12345/, "
            "with https and a slash at its end"
        ),
    ),
    "tickets.user": (text_value(TICKET_NAME), say("the name of a user of the ticket service")),
    "tickets.secret": (text_value(CHANNEL), say("the name of a secret")),
    "tickets.queue": (text_value(QUEUE), say("the name of a queue")),
    "incidents.confirm": (
        _confirmed,
        say("a table such as {{ M46 = 2 }}, with numbers from 1 to {most}", most=MOST_LOOKS),
    ),
    "serve.address": (_bound(LOOPBACK), say('an address of this machine such as "127.0.0.1:9412"')),
    "heartbeat.url": (
        text_value(PING),
        say('a URL such as "https://example.net/{{secret:heartbeat}}"'),
    ),
    "heartbeat.secret": (text_value(SECRET_NAME), say("the name of a secret")),
    "heartbeat.timeout_s": (
        number_value(LONGEST_PING_S),
        say("a number of seconds from 1 to {most}", most=LONGEST_PING_S),
    ),
    "heartbeat.expect_s": (_hearts, say("a table such as {{ nightly-backup = 90000 }} (seconds)")),
    "heartbeat.token": (text_value(SECRET_NAME), say("the name of a secret")),
    "heartbeat.listen": (_bound(LISTEN), say('an address such as "10.1.0.5:9413"')),
    "channels": (
        _channels,
        say(
            'tables such as [channels.wecom] url = "wecombot://{{secret:wecom}}" '
            'needs = ["rt-core-1"]'
        ),
    ),
}
"""What each key holds, and how that is said; a test keeps it equal to the dataclasses."""


def read_settings(path: Path) -> Settings:
    """The settings of a file. Raises `SettingsWrong`, also for a file that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise SettingsWrong(
            say("{file} cannot be read: {why}", file=str(path), why=reason(error))
        ) from None
    except RecursionError:
        raise SettingsWrong(say("{file} is nested too deeply", file=path.name)) from None
    except UnicodeDecodeError:
        raise SettingsWrong(say("{file} is not UTF-8", file=path.name)) from None
    except ValueError as error:
        raise SettingsWrong(why_no_toml(path.name, str(error))) from None
    return _Sheet(path.name, text).settings(document)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One file being read: knows its name and lines, for sentences."""

    name: str
    text: str

    def settings(self, document: Mapping[str, Any]) -> Settings:
        parts: dict[str, Any] = {}
        for key, value in document.items():
            section = SECTIONS.get(key)
            if key == "channels":
                self._check_channels(value)
            if section is None:
                parts[key] = self._value(key, key, value, ("", *_names(Settings)))
            else:
                parts[key] = self._section(key, section, value)
        return Settings(**parts)

    def _section(self, name: str, section: type[Any], value: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, dict):
            raise self._wrong(name, name, say("a section of its own: [{name}]", name=name))
        return section(
            **{
                key: self._value(f"{name}.{key}", key, one, _names(section))
                for key, one in value.items()
            }
        )

    def _check_channels(self, channels: Any) -> None:  # noqa: ANN401
        """Each channel is a table of its own; a misspelt key in one is said with its line."""
        if not isinstance(channels, dict):
            return
        known = _names(Channel)
        for name, table in channels.items():
            for key in table if isinstance(table, dict) else ():
                if key not in known:
                    raise self._unknown(f"channels.{name}.{key}", key, known)

    def _value(self, full: str, key: str, value: Any, known: tuple[str, ...]) -> Any:  # noqa: ANN401
        if full not in FORMS:
            raise self._unknown(full, key, known)
        reader, form = FORMS[full]
        try:
            return reader(value)
        except ValueError:
            raise self._wrong(full, key, form) from None

    def _wrong(self, full: str, key: str, form: Phrase) -> SettingsWrong:
        return SettingsWrong(
            say("{place}: {key} must be {form}", place=self._place(full, key), key=full, form=form)
        )

    def _unknown(self, full: str, key: str, known: tuple[str, ...]) -> SettingsWrong:
        place = self._place(full, key)
        close = get_close_matches(key, known, n=1)
        if close:
            return SettingsWrong(
                say(
                    "{place}: there is no key {key}; the nearest is {nearest}",
                    place=place, key=full, nearest=close[0],
                )
            )  # fmt: skip
        return SettingsWrong(
            say(
                "{place}: there is no key {key}; there are {known}",
                place=place, key=full, known=", ".join(one for one in known if one),
            )
        )  # fmt: skip

    def _place(self, full: str, key: str) -> str:
        """File and line of a key: where its name stands, under its section's heading."""
        section = full.removesuffix(key).removesuffix(".")
        here = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            stripped = line.strip()
            if stripped.startswith("["):
                here = stripped.strip("[] ")
            own = re.split(r"[\s=]", stripped, maxsplit=1)[0].strip("\"'")
            if (here == section and own == key) or (full in (own, here)):
                return f"{self.name}:{number}"
        return self.name


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))
