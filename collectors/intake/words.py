"""A sender's words, made harmless: one line, bounded, nothing in it that moves a cursor."""

from __future__ import annotations

from collectors.intake.model import TEXT_LIMIT
from collectors.parsers.plain import plain, text_of


def words(raw: bytes, limit: int = TEXT_LIMIT) -> str:
    """Text of unknown encoding: UTF-8, or GB 18030 as older devices write Chinese; what is neither
    is counted (`collectors.parsers.plain`)."""
    return tame(text_of(raw), limit)


def tame(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of at most `limit` characters. What is harmless already, nearly all, is quick."""
    if len(text) <= limit and text.isprintable():
        return text.strip()
    return plain(text, limit)
