"""A room kept for steps for people with machine steps between them, and the walker. Empty yet."""
