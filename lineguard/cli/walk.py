"""Walking a runbook at a terminal: one step on the screen, one answer from the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lineguard.cli.runbook import show_present, show_taken
from phrases import Phrase, say, verbatim
from runbooks.running import Answer, Outcome, Refusal, RunbookDesk, Walk

if TYPE_CHECKING:
    from inventory.people import Actor
    from lineguard.cli.screen import Screen
    from runbooks.model import Step

SKIP: Final = "s"
GIVE_UP: Final = "x"
LEAVE: Final = "q"
LEFT: Final = 0


def walk_on(out: Screen, desk: RunbookDesk, walk: Walk, actor: Actor) -> int:
    """Step after step, until the run is over or somebody leaves it."""
    while (step := walk.present) is not None:
        show_present(out, walk)
        answer = _answer(out, step)
        if answer is None:
            out.line(say("left at step {step}; go on: lineguard runbook run --resume {run}",
                         step=step.key, run=walk.run.id))  # fmt: skip
            return LEFT
        taken = desk.take(walk.run.id, answer, actor)
        if isinstance(taken, Refusal):
            out.note(taken.why)
            fresh = desk.walk(walk.run.id)
            walk = walk if isinstance(fresh, Refusal) else fresh
            continue
        show_taken(out, taken)
        walk = taken.walk
    show_present(out, walk)
    return 0


def _answer(out: Screen, step: Step) -> Answer | None:
    """What was typed; None to leave. The note may follow after a blank: `s no key at hand`."""
    while True:
        typed = _typed(out, _question(step))
        if typed is None:
            return None
        word, _blank, note = typed.strip().partition(" ")
        if word == LEAVE:
            return None
        if word in (SKIP, GIVE_UP):
            outcome = Outcome.SKIPPED if word == SKIP else Outcome.GIVEN_UP
            return Answer(outcome=outcome, note=note.strip(), step=step.key)
        if word.isdigit() and 0 < int(word) <= len(step.branches):
            label = step.branches[int(word) - 1].label
            return Answer(choice=label, note=note.strip(), step=step.key)
        if not step.decides and (not word or not word.isdigit()):
            return Answer(note=typed.strip(), step=step.key)


def _question(step: Step) -> Phrase:
    choices = "  ".join(f"{number} {one.label}" for number, one in enumerate(step.branches, 1))
    if step.decides:
        return say("[{choices}  s skip  x give up  q leave] ", choices=choices)
    if step.machine is not None:
        # Enter has the machine look, or run the command; the answer is then taken from that.
        if not choices:
            return say("[Enter do it  s skip  x give up  q leave] ")
        return say("[Enter do it  {choices}  s skip  x give up  q leave] ", choices=choices)
    if choices:
        return say("[Enter done  {choices}  s skip  x give up  q leave] ", choices=choices)
    return say("[Enter done, or a note  s skip  x give up  q leave] ")


def _typed(out: Screen, question: Phrase) -> str | None:
    out.err.write(out.text(question))
    out.err.flush()
    try:
        return input()
    except EOFError:
        out.line(verbatim(""))
        return None
