"""Incidents: one per root cause, with every transition and its reason stored."""
