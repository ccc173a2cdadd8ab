"""SNMP v2c and v3: devices and hosts that answer from MIBs. Reads only (GET and GETBULK)."""

from __future__ import annotations

from collectors.sources.snmp.session import open_session

__all__ = ["open_session"]
