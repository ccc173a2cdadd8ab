"""`intake.yml`: what is read, and what is refused at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.intake import Caller, IntakeRule, IntakeSite, TrapUser, load_intake

DEVICES = ("rt-1", "nms-1")
WHOLE = """\
sources:
  "10.1.1.5": rt-1
callers:
  prometheus: {secret: hook, device: nms-1}
users:
  trapper: {secret: keys, auth: sha256, engine: "8000000001020304"}
rules:
  - {name: fan, kind: trap, subject: 1.3.6.1.4.1.9, alarm: fan, key: [1.3.6.1], severity: critical}
  - {name: well, over: true, quiet_min: 5}
"""


def loaded(folder: Path, text: str) -> tuple[IntakeSite, list[str]]:
    path = folder / "intake.yml"
    path.write_text(text, encoding="utf-8")
    site, problems = load_intake(path, DEVICES)
    return site, [one.sentence().text("en") for one in problems]


def test_a_home_without_the_file_has_nothing_in_it(tmp_path: Path) -> None:
    assert load_intake(tmp_path / "intake.yml", DEVICES) == (IntakeSite(), ())


def test_all_that_it_says_is_read(tmp_path: Path) -> None:
    site, problems = loaded(tmp_path, WHOLE)
    assert problems == []
    assert site == IntakeSite(
        sources=(("10.1.1.5", "rt-1"),),
        callers=(Caller(name="prometheus", secret="hook", device="nms-1"),),
        users=(TrapUser(name="trapper", secret="keys", auth="sha256", engine="8000000001020304"),),
        rules=(
            IntakeRule(name="fan", kind="trap", subject="1.3.6.1.4.1.9", alarm="fan",
                       key=("1.3.6.1",), severity="critical"),
            IntakeRule(name="well", over=True, quiet_min=5),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("source: {}", "the key “source” is not known; the nearest is “sources”"),
        ('sources: {"10.1.1": rt-1}', "“10.1.1” is no IP address"),
        ('sources: {"10.1.1.1": rt-9}', "there is no device “rt-9”"),
        ("callers: {a: {}}", "callers.a needs “secret”"),
        ("users: {a: {secret: x, engine: zz}}", "users.a.engine is no engine ID"),
        ("users: {a: {secret: x, auth: crc}}", "users.a.auth must be one of"),
        ("rules:\n- {name: a, severty: info}", "severty"),
        ("rules:\n- {kind: trap}", "rules[0] needs a name"),
        ("rules:\n- {name: a, kind: mail}", "rules[0].kind must be one of"),
        ("rules:\n- {name: a, quiet_min: 0}", "rules[0].quiet_min must be a number of minutes"),
        ("rules:\n- {name: a, quiet_min: 10081}", "rules[0].quiet_min must be"),
        ("rules: {}", "rules must be a list"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    _, problems = loaded(tmp_path, text)
    assert len(problems) == 1, problems
    assert sentence in problems[0]
    assert problems[0].startswith("intake.yml:")
