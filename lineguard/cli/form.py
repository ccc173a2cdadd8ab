"""`lineguard form`: the six numbered device forms, filled from what is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.folding import safe
from lineguard.cli.known import device_named, meant
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.titles import title
from lineguard.refusals import Refused
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from checks.forms import Form, FormField
    from lineguard.wiring import Station
    from maintenance.filled import FilledForm

EXAMPLE_LINES: Final = 12
EXAMPLE_CHARACTERS: Final = 120
EXAMPLE_BYTES: Final = 65_536
READ_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "NT12345-001": ("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.5",),
    "NT12345-002": ("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.7",),
    "NT12345-005": ("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.11",),
}
"""Columns of HUAWEI-ENTITY-EXTENT-MIB that one form alone is about: hwEntityCpuUsage,
hwEntityMemUsage, hwEntityTemperature."""
NAMES: Final = "1.3.6.1.2.1.47.1.1.1.1.7"
"""entPhysicalName (ENTITY-MIB, RFC 6933)."""
NO_VALUE: Final = " 0"
"""How a line ends whose part has no such value (collectors.sources.snmp.network)."""
TICKED, EMPTY = "☑", "□"


@command("list", say("The six device forms, and the devices that each is filled for."))
def list_forms(asked: Asked) -> int:
    """A line for each form."""
    from checks.forms import FORMS
    from lineguard.wiring import station_of

    station = station_of(asked)
    found = {one.number: _devices(station, one) for one in FORMS}
    show = screen(asked)
    head = (say("form"), say("title"), say("device"))
    show.rows(head, [(one.printed, one.heading, " ".join(found[one.number])) for one in FORMS])
    show.document(
        [
            {"form": one.number, "printed": one.printed, "heading": one.heading,
             "subject": one.subject, "devices": found[one.number]}
            for one in FORMS
        ]
    )  # fmt: skip
    return 0


def _devices(station: Station, form: Form) -> list[str]:
    from maintenance.filled import fills

    return [one.name for one in station.estate.devices if fills(form, one, station.items)]


@command(
    "show",
    say("One form of one device, filled from its newest result on record: NT12345-005, or 5 for "
        "short."),
)  # fmt: skip
@argument("number")
@option("--device", required=True, says=say("which device"))
def show(asked: Asked, number: str, device: str) -> int:
    """The form as it is printed, field by field."""
    from lineguard.wiring import station_of
    from maintenance.filled import filled, fills

    station = station_of(asked)
    form, of = form_named(number), device_named(station.estate, device)
    if not fills(form, of, station.items):
        raise Refused(_not_filled(form, of.name, _devices(station, form)))
    with station.store.read() as tx:
        found = filled(tx, form, of, station.items)
    out = screen(asked)
    example = example_of(station, found)
    _show(out, found, example)
    out.document(_document(out, found, example))
    return 0


def form_named(number: str) -> Form:
    """The form of that number, also as it is printed, or by its last digit. Raises `Refused`."""
    from checks.forms import FORMS

    short = {str(index): one.number for index, one in enumerate(FORMS, 1)}
    printed = {one.printed: one.number for one in FORMS}
    name = number.strip().lstrip("0")
    known = [one.number for one in FORMS]
    chosen = short.get(name) or printed.get(number) or meant(say("form"), number, known)
    return next(one for one in FORMS if one.number == chosen)


def _not_filled(form: Form, device: str, devices: list[str]) -> Phrase:
    return say(
        "no check of {device} fills {form}; it is filled for {devices}",
        device=device, form=form.number, devices=", ".join(devices) or "-",
    )  # fmt: skip


def _show(out: Screen, found: FilledForm, example: tuple[str, ...]) -> None:
    out.line(verbatim(found.form.heading))
    out.line(verbatim(_about(out, found)))
    out.line(verbatim(""))
    number, *rest = found.form.layout
    rows = [row for one in rest for row in _rows(one.value, _value(out, found, one, example))]
    out.rows((verbatim(number.value), verbatim(found.form.printed)), rows)
    out.line(verbatim(""))
    if not found.form.has_remark:  # the tender prints no 备注 there: it stands below the form
        for told in _remark(out, found):
            out.line(say("Found: {sentence}", sentence=told))
    out.line(_standing(out, found))


def _about(out: Screen, found: FilledForm) -> str:
    of = found.device
    kind = out.text(title(of.kind.value))
    return " · ".join(one for one in (of.name, of.title, kind, out.text(title(of.site))) if one)


def _rows(field: str, value: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The field's name stands beside its first line."""
    for index, line in enumerate(value or ("",)):
        yield (field if index == 0 else ""), line


def _value(
    out: Screen, found: FilledForm, field: FormField, example: tuple[str, ...]
) -> tuple[str, ...]:
    """What stands in a field, line by line."""
    if field.name == "EXAMPLE":
        return example
    return FIELDS[field.name](out, found)


def _number(_: Screen, found: FilledForm) -> tuple[str, ...]:
    return (found.form.printed,)


def _subject(_: Screen, found: FilledForm) -> tuple[str, ...]:
    return (found.form.subject,)


def _asked(out: Screen, found: FilledForm) -> tuple[str, ...]:
    if not found.other_ways:
        return found.commands
    ways = ", ".join(one.upper() for one in found.other_ways)
    return (*found.commands, out.text(say("(read over {protocols} this time)", protocols=ways)))


def _expected(out: Screen, found: FilledForm) -> tuple[str, ...]:
    """The tender's expectation; what the operator set beside or in place of it says so."""
    own = [f"{out.text(title(name))} {limit:g}" for name, limit in found.own_limits]
    told = found.form.expectation
    if told is None:
        printed: list[str] = []
    elif told[1]:
        printed, own = [], own or [told[0]]
    else:
        printed = [told[0]]
    return (*printed, *(out.text(say("{value} (operator's value)", value=one)) for one in own))


def _remark(out: Screen, found: FilledForm) -> tuple[str, ...]:
    told = [one.sentence[out.asked.lang] for one in found.findings]
    if _without_maximum(found):
        told.append(out.text(say("maximum: the device tells none")))
    return tuple(told)


def _without_maximum(found: FilledForm) -> bool:
    """Form 001 asks for average and maximum, which not every device tells."""
    seen = [one for one in found.findings if one.state.value in ("normal", "abnormal")]
    of_load = found.form.number == "NT12345-001"
    return of_load and bool(seen) and not any("maximum" in one.sentence["en"] for one in seen)


def _ticks(_: Screen, found: FilledForm) -> tuple[str, ...]:
    marks = (
        f"{TICKED if word == found.ticked else EMPTY}{word}" for word in found.form.ticks.printed
    )
    return (" ".join(marks),)


FIELDS: Final[Mapping[str, Callable[[Screen, FilledForm], tuple[str, ...]]]] = {
    "NUMBER": _number,
    "SUBJECT": _subject,
    "COMMAND": _asked,
    "EXPECTED": _expected,
    "REMARK": _remark,
    "RESULT": _ticks,
    "LOG_FOUND": _ticks,
}
"""By the name of the field; what the device answered is read from the archive."""


def _standing(out: Screen, found: FilledForm) -> Phrase:
    """What the ticks rest on, or why there are none."""
    if not found.findings:
        return say("{device}: no result of this form is on record yet", device=found.device.name)
    newest = max(found.findings, key=lambda one: one.taken_at)
    entries = sorted({one.entry for one in found.findings})
    said = {"entries": ", ".join(map(str, entries)), "time": out.time(newest.taken_at)}
    if found.ticked is None:
        return say("Unknown, so neither is ticked: looked at {time}, entry {entries}", **said)
    return say("Looked at {time}, entry {entries}", **said)


def example_of(station: Station, found: FilledForm) -> tuple[str, ...]:
    """The first lines of what the device answered, made harmless."""
    from collectors.parsers.plain import ESCAPES
    from logbook.evidence import EvidenceDamaged

    lines: list[str] = []
    for one in found.asked:
        try:
            raw = station.evidence.get(one.sha256)
        except EvidenceDamaged:
            continue
        text = ESCAPES.sub("", raw[:EXAMPLE_BYTES].decode("utf-8", "replace"))
        lines += text.splitlines()
    told = _about_the_form(found.form, lines)[:EXAMPLE_LINES]
    return tuple(safe(line.rstrip())[:EXAMPLE_CHARACTERS] for line in told)


def _about_the_form(form: Form, lines: list[str]) -> list[str]:
    """Of a walk that answers several forms, the values of this one, each after its part's name;
    of every other answer what is not another form's."""
    columns = READ_COLUMNS.get(form.number, ())
    told = [line for line in lines if line.strip() and not _of_another(form, line)]
    own = {_index(line, one): line for line in told for one in columns if _is_of(line, one)}
    if not own:
        return told
    names = {_index(line, NAMES): line for line in told if _is_of(line, NAMES)}
    real = {index: line for index, line in own.items() if not line.endswith(NO_VALUE)} or own
    return [line for index in real for line in (names.get(index), real[index]) if line]


def _is_of(line: str, column: str) -> bool:
    return line.lstrip(".").startswith(f"{column}.")


def _index(line: str, column: str) -> str:
    return line.lstrip(".").removeprefix(f"{column}.").partition(" ")[0]


def _of_another(form: Form, line: str) -> bool:
    """Is it a line of an SNMP column that another form is about? One walk answers several."""
    return any(
        _is_of(line, column)
        for number, columns in READ_COLUMNS.items()
        if number != form.number
        for column in columns
    )


def _document(out: Screen, found: FilledForm, example: tuple[str, ...]) -> dict[str, Any]:
    form, told = found.form, found.form.expectation
    return {
        "form": form.number,
        "printed": form.printed,
        "heading": form.heading,
        "subject": form.subject,
        "device": found.device.name,
        "kind": found.device.kind.value,
        "site": found.device.site,
        "commands": list(found.commands),
        "expected": None if told is None else told[0],
        "operators_value": told is not None and told[1],
        "own_limits": dict(found.own_limits),
        "fields": [
            {"field": one.value, "value": list(_value(out, found, one, example))}
            for one in form.layout
        ],
        "ticks": [{"word": word, "ticked": word == found.ticked} for word in form.ticks.printed],
        "state": found.state.value if found.state else None,
        "findings": [one.as_json(out.asked.lang) for one in found.findings],
    }
