"""Telling people: the ways to them, which of these a fault has taken, and what was tried."""
