"""The commands about backup copies, run by this machine's own shell, as a real keeper would."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from collectors.parsers.linux import END
from collectors.sources.host_commands import copy_beside, copy_digest, copy_files
from collectors.sources.host_copies import ABSENT

ODD_NAMES = ("plain.gz", "two words.gz", "it's; echo $HOME `id`.gz", "-n", "通话.gz", "[a]b.gz")


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=20, check=False)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_of_any_name_is_found_and_worked_out(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"0123456789")
    os.utime(file, (1_763_690_000, 1_763_690_000))
    (tmp_path / "another").write_bytes(b"x")
    found = shell(copy_files(str(file)))
    now, _, rest = found.stdout.partition(b"\n")
    assert now.isdigit()
    assert rest == f"1763690000.0000000000 10 {name}\0{END}\n".encode()
    digest = hashlib.sha256(b"0123456789").hexdigest()
    assert shell(copy_digest(str(file), 5)).stdout == (
        f"{digest}  -\n1763690000 10\n{END}\n".encode()
    )
    file.with_name(f"{name}.sha256").write_text(f"{digest}  {name}\n", "utf-8")
    assert shell(copy_beside(str(file))).stdout == f"{digest}  {name}\n\n{END}\n".encode()


def test_a_pattern_finds_its_files_and_links_to_files_and_nothing_below(tmp_path: Path) -> None:
    for name in ("a-1.gz", "a-2.gz", "b-1.gz"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a-link.gz").symlink_to("b-1.gz")
    (tmp_path / "a-folder.gz").mkdir()
    (tmp_path / "a-folder.gz" / "a-3.gz").write_bytes(b"x")
    listed = shell(copy_files(f"{tmp_path}/a-*.gz")).stdout.split(b"\n", 1)[1]
    names = sorted(one.split(b" ", 2)[2] for one in listed.split(b"\0")[:-1])
    assert names == [b"a-1.gz", b"a-2.gz", b"a-link.gz"]


def test_what_is_not_there_is_said_in_the_words_that_are_looked_for(tmp_path: Path) -> None:
    nowhere = shell(copy_files(f"{tmp_path}/no folder/a-*"))
    assert nowhere.returncode != 0
    assert nowhere.stderr.rstrip().endswith(ABSENT)
    nothing = shell(copy_files(f"{tmp_path}/a-*"))
    assert (nothing.returncode, nothing.stdout.split(b"\n", 1)[1]) == (0, f"{END}\n".encode())
    for command in (copy_digest(f"{tmp_path}/a", 5), copy_beside(f"{tmp_path}/a")):
        missing = shell(command)
        assert missing.returncode != 0
        assert END.encode() not in missing.stdout
    assert shell(copy_beside(f"{tmp_path}/a")).stderr.rstrip().endswith(ABSENT)


def test_no_command_writes(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(b"x")
    before = file.stat()
    for command in (copy_files(str(file)), copy_digest(str(file), 5), copy_beside(str(file))):
        shell(f"cd {tmp_path}; {command}")
    assert os.listdir(tmp_path) == ["a.gz"]  # noqa: PTH208
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (before.st_mtime_ns, before.st_size)
