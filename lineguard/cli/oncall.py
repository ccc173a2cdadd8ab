"""`lineguard oncall`: who is on duty now, who is next, and handing a post over for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from lineguard.cli.titles import post_title
from lineguard.cli.values import Later, Number, OneOf, nearest
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from incidents.rota import DutyRoster, Turn
    from inventory.model import Person
    from lineguard.cli.screen import Screen
    from lineguard.wiring import Station

POSTS: Final = ("primary", "backup", "remote", "supervisor", "purchaser")
AHEAD: Final = timedelta(days=14)
MISUSED: Final = 2


@command("show", say("Who is on duty now, until when, and who is next."))
@option("--at", type=Later(), says=say("at this time instead of now"))
@option("--ical", is_flag=True, says=say("as an iCalendar feed of the days to come"))
@option("--days", type=Number(1, 366), default=AHEAD.days, says=say("how far the feed reaches"))
def show(asked: Asked, at: datetime | None, ical: bool, days: int) -> int:
    """A line for each post."""
    from incidents.escalation import Post
    from lineguard.duty import roster as roster_of
    from lineguard.wiring import station_of

    begins = at or clock.now()
    roster = roster_of(station_of(asked))
    out = screen(asked)
    if ical:
        return _feed(out, roster, begins, timedelta(days=days))
    turns = {post: list(roster.turns(post, begins, begins + AHEAD))[:2] for post in Post}
    head = (say("duty"), say("now"), say("until"), say("next"))
    out.rows(head, [_row(out, post, of) for post, of in turns.items()])
    out.document(
        [
            {"post": post.value, "now": list(of[0].people),
             "until": of[0].ends if len(of) > 1 else None,
             "next": list(of[1].people) if len(of) > 1 else None}
            for post, of in turns.items()
        ]
    )  # fmt: skip
    return 0


def _row(out: Screen, post: str, of: list[Turn]) -> tuple[str, ...]:
    nobody = out.text(say("nobody"))
    later = len(of) > 1
    return (
        out.text(post_title(post)),
        " ".join(of[0].people) or nobody,
        out.time(of[0].ends) if later else "-",
        (" ".join(of[1].people) or nobody) if later else "-",
    )


def _settled(begins: datetime) -> datetime:
    """A moment long before, the same for every feed of a year: a turn that runs already keeps its
    own beginning, and with it the name by which a calendar knows it again."""
    return datetime(begins.year - 1, 1, 1, tzinfo=UTC)


def _feed(out: Screen, roster: DutyRoster, begins: datetime, ahead: timedelta) -> int:
    from incidents.escalation import Post
    from incidents.ical import calendar

    names = {post.value: out.text(post_title(post.value)) for post in Post}
    turns = [
        turn
        for post in Post
        for turn in roster.turns(post, _settled(begins), begins + ahead)
        if turn.ends > begins
    ]
    feed = calendar(turns, names, clock.now())
    out.raw(feed)
    out.document({"ical": feed})
    return 0


@command("override", say("Hand a post to somebody else for a time; it stands in the logbook."))
@option("--post", type=OneOf(*POSTS), required=True, says=say("which post"))
@option("--person", required=True, says=say("who takes it"))
@option("--from", "begins", type=Later(), says=say("from when; now when it is left out"))
@option("--until", "ends", type=Later(), required=True,
        says=say("until when, within 60 days: 2026-11-21T06:00, 06:00 or 2h"))  # fmt: skip
@option("--reason", required=True, says=say("why"))
def override(
    asked: Asked, post: str, person: str, begins: datetime | None, ends: datetime, reason: str
) -> int:
    """It needs a person who is known."""
    from incidents.escalation import Post
    from incidents.handling import Refusal
    from lineguard.duty import alone, override_desk, roster
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    actor = station.actor(asked)
    made = override_desk(station).add(
        Post(post), person_named(station, person), begins or clock.now(), ends, reason, actor
    )
    if isinstance(made, Refusal):
        raise Refused(made.why)
    out = screen(asked)
    out.line(
        say("{person} holds the post {post} from {begins} until {until}",
            person=made.person, post=post_title(made.post.value), begins=out.time(made.begins),
            until=out.time(made.ends))
    )  # fmt: skip
    notes = tuple(alone(roster(station), made.begins, made.ends))
    for note in notes:
        out.note(note)
    out.document(
        {"override": made.id, "post": made.post.value, "person": made.person,
         "begins": made.begins, "until": made.ends,
         "notes": [note.text(asked.lang) for note in notes]}
    )  # fmt: skip
    return 0


def person_named(station: Station, name: str) -> Person:
    for one in station.people:
        if one.name == name:
            return one
    close = nearest(name, [one.name for one in station.people])
    if close is not None:
        raise Refused(say("nobody named “{name}” is in people.yml; is {close} meant?",
                          name=name, close=close), MISUSED)  # fmt: skip
    raise Refused(say("nobody named “{name}” is in people.yml", name=name), MISUSED)
