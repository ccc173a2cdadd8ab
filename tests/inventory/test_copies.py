"""The catalogue of backup copies: what may stand in it, and who keeps what."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from inventory.copies import with_keeps
from inventory.model import Copy, CopyPlace, KeptFile, TrialRestore
from tests.inventory.homes import surveyed, write

FRAME = """\
all:
  children:
    site_primary:
      hosts:
        app-1:
          ansible_host: 127.0.0.1
          lineguard:
            ssh: {{user: inspect, secret: x}}
            copies:
{copies}
        bak-1: {{ansible_host: 127.0.0.1, lineguard: {{ssh: {{user: inspect, secret: x}}}}}}
        nms-1: {{ansible_host: 127.0.0.1, lineguard: {{snmp: {{secret: x}}}}}}
    site_dr:
      hosts:
        bak-dr: {{ansible_host: 127.0.0.1, lineguard: {{ssh: {{user: inspect, secret: x}}}}}}
    app_server: {{hosts: {{app-1: , bak-1: , bak-dr: }}}}
    nms: {{hosts: {{nms-1: }}}}
"""
FIRST_LINE = 10
WHOLE = """\
- name: attachments
  for: [M57]
  keeper: bak-1
  path: /backup/{device}/a-*.tar.gz
  max_age_h: 26
  min_bytes: 10
  checksum: beside
  offsite: {keeper: bak-dr, path: /far/a-*.tar.gz}
  restore: {engine: postgresql, rows: 0}
"""


def homes(folder: Path, copies: str) -> Path:
    return write(folder, hosts=FRAME.format(copies=indent(copies, " " * 14)))


def complaints(folder: Path, copies: str) -> list[str]:
    _, problems = surveyed(homes(folder, copies))
    return [one.sentence().text("en") for one in problems]


def test_a_whole_copy_is_read_and_its_keepers_know_of_it(tmp_path: Path) -> None:
    estate, problems = surveyed(homes(tmp_path, WHOLE))
    assert problems == ()
    here = CopyPlace(keeper="bak-1", path="/backup/app-1/a-*.tar.gz")
    there = CopyPlace(keeper="bak-dr", path="/far/a-*.tar.gz")
    assert estate.device("app-1").copies == (
        Copy(
            name="attachments", items=("M57",), kept=here, max_age_h=26.0, min_bytes=10,
            checksum="beside", offsite=there,
            restore=TrialRestore(engine="postgresql", tables=1, rows=0, limit_s=600.0),
        ),
    )  # fmt: skip
    of_item = frozenset({"M57"})
    assert estate.device("bak-1").keeps == (
        KeptFile(path=here.path, digest_for=of_item, beside=True, restore_s=600.0),
    )
    assert estate.device("bak-dr").keeps == (KeptFile(path=there.path, digest_for=of_item),)
    assert estate.device("app-1").keeps == ()


def test_a_copy_without_a_keeper_is_kept_by_its_own_device(tmp_path: Path) -> None:
    copies = f"- {{name: c, for: [M40], path: /b/c.tgz, max_age_h: 1, checksum: {'a' * 64}}}\n"
    estate, problems = surveyed(homes(tmp_path, copies))
    assert problems == ()
    kept = estate.device("app-1").keeps
    assert kept == (KeptFile(path="/b/c.tgz", digest_for=frozenset({"M40"})),)


def test_what_several_copies_want_of_one_path_is_asked_once(tmp_path: Path) -> None:
    other = WHOLE.replace("attachments", "dump").replace("[M57]", "[M42]").replace(
        "rows: 0", "limit_s: 30"
    ).replace("  checksum: beside\n", "")  # fmt: skip
    estate, problems = surveyed(homes(tmp_path, WHOLE + other))
    assert problems == ()
    (kept,) = estate.device("bak-1").keeps
    assert kept == KeptFile(
        path=kept.path, digest_for=frozenset({"M42", "M57"}), beside=True, restore_s=600.0
    )
    assert with_keeps(estate.devices) == estate.devices


def one(**keys: str) -> str:
    usual = {"name": "c", "for": "[M42]", "path": "/b/c", "max_age_h": "1"} | keys
    lines = [f"{key}: {value}" for key, value in usual.items() if value]
    return "- " + "\n  ".join(lines) + "\n"


PATH = "@.path"
PLAIN = f"{PATH} must be the plain path of a file, without “..”, “.” or doubled slashes"


@pytest.mark.parametrize(
    ("copies", "line", "sentence"),
    [
        (one(path=""), 0, "@: the key “path” is missing"),
        (one(**{"for": ""}), 0, "@: the key “for” is missing"),
        (one(**{"for": "[]"}), 1, "@.for names no item"),
        (one(**{"for": "[M41]"}), 1, "@.for[0] must be one of M40, M42, M57, not M41"),
        (one(pth="/x"), 4, "@: the key “pth” is not known; the nearest is “path”"),
        (one(name="a b"), 0, "@.name may hold letters, digits, . _ - only"),
        (one(max_age_h="0"), 3, "@.max_age_h must be a number from 0.01 to 17568.0, not 0"),
        (one(min_bytes="0"), 4, f"@.min_bytes must be a whole number from 1 to {2**60}, not 0"),
        (one(path="b/c"), 2, f"{PATH} must be an absolute path of at most 400 characters: b/c"),
        (one(path="/b/../c"), 2, f"{PLAIN}: /b/../c"),
        (one(path="/b/./c"), 2, f"{PLAIN}: /b/./c"),
        (one(path="/b/"), 2, f"{PLAIN}: /b/"),
        (one(path="//b/c"), 2, f"{PLAIN}: //b/c"),
        (
            one(path="'/b/{nope}/c'"),
            2,
            f"{PATH}: {{nope}} is not known here; known: {{device}}",
        ),
        (one(path="/b*/c"), 2, f"{PATH} may have * and ? in its last part only: /b*/c"),
        (one(path="'/b/[c]*'"), 2, f"{PATH} may not have [, ] or \\ beside * and ?: /b/[c]*"),
        (one(path='"/b/\\ec"'), 2, f"{PATH} must be one line of at most 1000 printable characters"),
        (
            one(checksum="md5"),
            4,
            "@.checksum must be “beside” or a SHA-256 of 64 lower-case hexadecimal digits",
        ),
        (one(**{"for": "[M57]"}), 0, "@: a copy for M57 needs “offsite”, its second place"),
        (
            one(**{"for": "[M40]"}),
            0,
            "@: a copy for M40 needs “checksum”, or “offsite” to compare it with",
        ),
        (one(offsite="{path: /c}"), 4, "@.offsite: the key “keeper” is missing"),
        (
            one(restore="{engine: oracle}"),
            4,
            "@.restore.engine must be one of postgresql, not oracle",
        ),
        (
            one(restore="{engine: postgresql, limit_s: 0}"),
            4,
            "@.restore.limit_s must be a number from 1 to 14400, not 0",
        ),
        (one() + one(), 0, "@: another copy has the name “c” too"),
        (
            one(keeper="bak-2"),
            4,
            "its copy “c” is kept on “bak-2”, which does not exist; the nearest is “bak-1”",
        ),
        (
            one(keeper="nms-1"),
            4,
            "its copy “c” is kept on nms-1, which has no ssh access to look with",
        ),
        (
            one(offsite="{keeper: bak-1, path: /c}"),
            4,
            "its copy “c” and the off-site one are on the same site",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(
    tmp_path: Path, copies: str, line: int, sentence: str
) -> None:
    whole = sentence.replace("@", "lineguard.copies[0]")
    place = f"estate/hosts.yml:{FIRST_LINE + line}: app-1: "
    assert complaints(tmp_path, copies) == [place + whole]


def test_a_copy_that_is_no_mapping_is_said(tmp_path: Path) -> None:
    assert complaints(tmp_path, "- /b/c\n") == [
        f"estate/hosts.yml:{FIRST_LINE}: app-1: lineguard.copies[0] must be a mapping of keys to"
        " values, not /b/c"
    ]
