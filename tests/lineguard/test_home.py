"""Which home is meant."""

from __future__ import annotations

from pathlib import Path

from lineguard.home import LOCAL_HOME, Home, resolve


def a_home(root: Path) -> Path:
    root.mkdir()
    (root / "lineguard.toml").touch()
    return root


def test_the_option_comes_first(tmp_path: Path) -> None:
    system = a_home(tmp_path / "etc")
    environment = {"LINEGUARD_HOME": "/srv/b"}
    assert resolve(Path("/srv/a"), environment, system) == Home(Path("/srv/a"))


def test_the_environment_comes_before_the_system(tmp_path: Path) -> None:
    system = a_home(tmp_path / "etc")
    assert resolve(None, {"LINEGUARD_HOME": "/srv/b"}, system) == Home(Path("/srv/b"))


def test_the_system_home_counts_only_with_settings_in_it(tmp_path: Path) -> None:
    assert resolve(None, {}, a_home(tmp_path / "etc")) == Home(tmp_path / "etc")
    (tmp_path / "empty").mkdir()
    assert resolve(None, {}, tmp_path / "empty") == Home(LOCAL_HOME)


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    assert resolve(None, {"LINEGUARD_HOME": ""}, tmp_path) == Home(LOCAL_HOME)
