"""A room kept for plans, invariants, execution, 30-line routing, surge tiers, drills. Empty yet."""
