"""A room kept for Ansible content and the thin runner that streams its events. Empty yet."""
