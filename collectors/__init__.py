"""Collectors ask devices over their own protocols. They see and never judge."""

from __future__ import annotations
