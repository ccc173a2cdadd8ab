"""`lineguard log`: the logbook shown, verified and handed out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.folding import safe
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.telling import KINDS, kind_name, telling
from lineguard.cli.values import Number, OneOf
from lineguard.home import resolve
from lineguard.refusals import Refused
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from lineguard.wiring import Station
    from logbook.proof import Verification

DEFAULT_LAST: Final = 20
MOST_ENTRIES: Final = 2**53

_FILE = click.Path(path_type=Path)


@command("show", say("The newest entries, the oldest of them first."))
@option("--last", type=Number(1, 100_000), default=DEFAULT_LAST, says=say("how many"))
@option("--kind", type=OneOf(*KINDS), says=say("only entries of this kind"))
@option("--entry", type=Number(1, MOST_ENTRIES), says=say("this entry alone, with all it holds"))
def show(asked: Asked, last: int, kind: str | None, entry: int | None) -> int:
    """A line for each, or one of them whole."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    out = screen(asked)
    if entry is not None:
        return _show_whole(out, newest_entries(station, 1, None, entry), entry)
    entries = newest_entries(station, last, kind)
    head = (say("no."), say("written"), say("kind"), say("about"))
    out.rows(
        head,
        [
            (str(one["seq"]), out.time(one["at"]), out.text(kind_name(one["kind"])),
             safe(telling(one["kind"], one["body"], asked.lang)))
            for one in entries
        ],
    )  # fmt: skip
    out.document(entries)
    return 0


def _show_whole(out: Screen, found: list[dict[str, Any]], number: int) -> int:
    if not found:
        raise Refused(say("there is no entry {entry} in the logbook", entry=number))
    (one,) = found
    out.line(verbatim(f"{one['seq']}  {out.time(one['at'])}  {out.text(kind_name(one['kind']))}"))
    out.line(verbatim(telling(one["kind"], one["body"], out.asked.lang)))
    out.line(verbatim(json.dumps(one["body"], ensure_ascii=False, indent=2)))
    out.line(say("hash {hash}", hash=one["hash"]))
    out.document(found)
    return 0


def newest_entries(
    station: Station, last: int, kind: str | None, number: int | None = None
) -> list[dict[str, Any]]:
    """Entries as JSON objects, the oldest first; with a number, that entry alone."""
    from sqlalchemy import select

    from store.schema import entry
    from store.stored import document, parse_instant

    query = select(entry).order_by(entry.c.seq.desc()).limit(last)
    if kind is not None:
        query = query.where(entry.c.kind == kind)
    if number is not None:
        query = query.where(entry.c.seq == number)
    with station.store.read() as tx:
        rows = list(tx.execute(query).mappings())
    return [
        {**row, "at": parse_instant(row["at"]), "body": document(row["body"])}
        for row in reversed(rows)
    ]


@command(
    "verify",
    say("Prove that every entry and all evidence is as it was written. Exit status 1 when not.\n"
        "With a BUNDLE, an exported one; with --against, also that nothing is missing up to a "
        "checkpoint that was kept elsewhere."),
)  # fmt: skip
@argument("bundle", required=False, type=_FILE)
@option("--against", metavar="FILE", type=_FILE, says=say("a checkpoint that was kept elsewhere"))
@option("--no-evidence", is_flag=True, says=say("entries and signatures only, without evidence"))
def verify(asked: Asked, bundle: Path | None, against: Path | None, no_evidence: bool) -> int:
    """The whole of it, and the first entry that is not right."""
    found = (
        _proven_bundle(asked, bundle, against) if bundle else _proven(asked, no_evidence, against)
    )
    out = screen(asked)
    if found.valid:
        out.line(whole(found))
    elif found.reason is not None:
        out.line(
            say("The logbook is NOT as it was written, first at entry {entry}: {reason}",
                entry=found.first_bad or 0, reason=found.reason)
        )  # fmt: skip
    out.document(
        {**found.document(), "reason": found.reason.text(asked.lang) if found.reason else None}
    )
    return 0 if found.valid else 1


def whole(found: Verification) -> Phrase:
    """How far it is signed, for a logbook in which nothing is wrong."""
    if found.complete_to >= found.entries:
        return say("The logbook is whole: all {entries} entries are signed ({checkpoints} "
                   "checkpoints).",
                   entries=found.entries, checkpoints=found.checkpoints)  # fmt: skip
    return say(
        "The logbook is whole and signed up to entry {signed} ({checkpoints} checkpoints). Entries "
        "{first} to {last} are chained but not signed yet: until the next checkpoint, nothing "
        "proves that they were not written anew or that none is missing.",
        signed=found.complete_to, checkpoints=found.checkpoints,
        first=found.complete_to + 1, last=found.entries,
    )  # fmt: skip


def _proven(asked: Asked, no_evidence: bool, against: Path | None) -> Verification:
    from lineguard.wiring import station_of
    from logbook.verify import verify as prove

    station = station_of(asked)
    evidence = None if no_evidence else station.evidence
    return prove(station.store, station.keys.public_keys(), evidence, against)


def _proven_bundle(asked: Asked, bundle: Path, against: Path | None) -> Verification:
    """By the keys of this home where there is one; else by those in the bundle, which only prove
    that it was not changed after its maker signed it."""
    from lineguard.wiring import Station
    from logbook.bundle import verify_bundle

    home = resolve(asked.home)
    known = Station(home).keys.public_keys() if home.exists() else None
    told = verify_bundle(bundle, known or None, against)
    if not known:
        screen(asked).note(
            say("The signatures were proven by the keys in the bundle itself: compare {keys} with "
                "what the site told you.", keys=", ".join(told.found.signed_by) or "-")
        )  # fmt: skip
    return told.found


@command(
    "export",
    say("Write the whole logbook into FILE, for an auditor to verify anywhere. With --checkpoint, "
        "only a signed note of how far it has come: one line, to be kept elsewhere."),
)  # fmt: skip
@argument("file", type=_FILE)
@option("--checkpoint", is_flag=True, says=say("only a checkpoint, for `log verify --against`"))
def export(asked: Asked, file: Path, checkpoint: bool) -> int:
    """One consistent state of it."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    if file.exists():
        raise Refused(say("{file} exists already; an export never overwrites", file=str(file)))
    _require_whole(_proven(asked, checkpoint, None))
    write = _export_checkpoint if checkpoint else _export_bundle
    return write(screen(asked), station, file)


def _require_whole(found: Verification) -> None:
    """Nothing is handed out or signed that is not as it was written. Raises `Refused`."""
    if found.reason is not None:
        raise Refused(
            say("nothing is exported: the logbook is NOT as it was written, first at entry "
                "{entry}: {reason}", entry=found.first_bad or 0, reason=found.reason)
        )  # fmt: skip


def _export_checkpoint(out: Screen, station: Station, file: Path) -> int:
    """The newest checkpoint, made now where entries were written since the last one."""
    from logbook.checkpoints import Checkpoint
    from store.schema import checkpoint

    with station.store.write() as tx:
        station.logbook.checkpoint(tx, clock.now())
        newest = checkpoint.select().order_by(checkpoint.c.seq.desc()).limit(1)
        made = Checkpoint(**tx.execute(newest).mappings().one())
    file.write_text(made.text() + "\n", encoding="utf-8")
    out.line(
        say("{file}: the logbook up to entry {entry}, signed by {key}",
            file=str(file), entry=made.seq, key=made.key_id)
    )  # fmt: skip
    out.document({"file": str(file), "entry": made.seq, "signed_by": made.key_id})
    return 0


def _export_bundle(out: Screen, station: Station, file: Path) -> int:
    from logbook.export import export_bundle

    made = export_bundle(
        station.store, station.keys.public_keys(), station.evidence, file, clock.now()
    )
    out.line(
        say("{file}: {entries} entries, {evidence} pieces of evidence",
            file=str(file), entries=made.entries, evidence=made.evidence)
    )  # fmt: skip
    if made.missing:
        out.line(say("{count} pieces of evidence are gone", count=len(made.missing)))
    out.document(
        {"file": str(file), "entries": made.entries, "evidence": made.evidence,
         "missing": list(made.missing), "practice": made.practice}
    )  # fmt: skip
    return 1 if made.missing else 0
