"""Checks are pure judges: a reading and its limits in, a verdict with one plain sentence out."""
