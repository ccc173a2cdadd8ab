"""Every test of this folder that takes `engine` runs on both engines."""

from __future__ import annotations

import pytest

from collectors.sources.snmp import session
from collectors.sources.snmp.port import EngineMaker


@pytest.fixture(params=["gufo", "pysnmp"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EngineMaker:
    """The engine under its setting, and what opens a session of it."""
    if request.param == "gufo":
        pytest.importorskip("gufo.snmp", reason="gufo-snmp has no wheel here")
    monkeypatch.setenv(session.ENGINE_SETTING, request.param)
    return session.engine_maker()
