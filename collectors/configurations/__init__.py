"""What a network device is configured to do: its text without secrets, and how two texts differ."""
