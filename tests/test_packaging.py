"""One list of rooms, no stranger of our names, a whole wheel, a lock without an address."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
ADDRESS = re.compile(r"https?:|file:|index-url|find-links|trusted-host|@ |(^|\s)/\w")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def rooms() -> list[str]:
    declared: list[str] = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return declared


def strangers(name: str, owners: dict[str, list[str]]) -> set[str]:
    """Distributions other than ours that install a top-level package of that name."""
    return set(owners.get(name, ())) - {"lineguard"}


def test_every_folder_with_code_at_the_root_is_declared() -> None:
    found = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    assert found == {*rooms(), "tests"} | ({"benchmarks"} & found)


def test_all_tools_are_told_the_same_rooms() -> None:
    tools = project()["tool"]
    sdist = tools["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert set(tools["importlinter"]["root_packages"]) == set(rooms())
    assert set(tools["mypy"]["packages"]) == {*rooms(), "tests"}
    assert set(tools["ruff"]["lint"]["isort"]["known-first-party"]) == {*rooms(), "tests"}
    assert {name for name in sdist if "." not in name and name != "LICENSE"} == {*rooms(), "tests"}


def test_every_room_has_its_place_in_the_order() -> None:
    layers = project()["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = [room.strip() for layer in layers for room in layer.split("|")]
    assert sorted(placed) == sorted(rooms())


@pytest.mark.parametrize("room", rooms())
def test_a_room_is_named_like_nothing_else_and_comes_from_this_checkout(room: str) -> None:
    assert room not in sys.stdlib_module_names
    assert strangers(room, dict(packages_distributions())) == set()
    spec = find_spec(room)
    assert spec is not None
    assert spec.origin == str(ROOT / room / "__init__.py")


def test_a_foreign_package_of_our_name_would_be_seen() -> None:
    assert strangers("checks", {"checks": ["lineguard", "fraud-checks"]}) == {"fraud-checks"}


def test_the_console_script_sees_this_checkout_and_not_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "__init__.py").write_text("raise SystemExit(99)\n", encoding="utf-8")
    code = "import checks, pathlib; print(pathlib.Path(checks.__file__).parents[1])"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(ran.stdout.strip()) == ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a wheel that was really built."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        return frozenset(archive.namelist())


def data_files() -> list[str]:
    """Everything in the rooms that git keeps and that is not Python."""
    kept = subprocess.run(
        ["git", "ls-files", "-z", "--", *rooms()],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if kept.returncode:
        pytest.skip("not a git checkout, so what belongs to the rooms is not known")
    names = kept.stdout.rstrip("\0").split("\0")
    return [name for name in names if not name.endswith(".py") and (ROOT / name).exists()]


@pytest.mark.parametrize(
    "name",
    ["checks/items.tsv", "phrases/locale/zh_CN/LC_MESSAGES/lineguard.mo", "lineguard/__main__.py"],
)
def test_the_wheel_has_what_the_program_reads(wheel: frozenset[str], name: str) -> None:
    assert name in wheel


def test_the_wheel_has_every_data_file_of_the_rooms(wheel: frozenset[str]) -> None:
    assert set(data_files()) - wheel == set()


def test_the_wheel_has_no_tests_and_no_loose_files(wheel: frozenset[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == set(rooms())


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_every_package_has_a_hash(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if ADDRESS.search(line)] == []
    pinned = [n for n, line in enumerate(lines) if "==" in line]
    assert pinned
    assert all("--hash=sha256:" in lines[n + 1] for n in pinned)


@pytest.mark.parametrize(
    "line",
    ["--extra-index-url https://example.org/simple", "-f /srv/wheels", "a @ file:///srv/a.whl"],
)
def test_an_address_in_a_lock_would_be_seen(line: str) -> None:
    assert ADDRESS.search(line)


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))


def test_tests_run_on_the_very_versions_that_the_demo_runs_on() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_every_dependency_is_in_the_lock() -> None:
    declared = project()["project"]
    wanted = [*declared["dependencies"], *declared["optional-dependencies"]["practice"]]
    names = {re.split(r"[^\w.-]", line.lower(), maxsplit=1)[0] for line in wanted}
    assert names - pins("requirements.lock").keys() == set()
