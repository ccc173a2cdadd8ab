"""A room kept for telephony, tickets and monitoring as watched services. Empty yet."""

from __future__ import annotations
