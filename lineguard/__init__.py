"""The composition root: command line, settings, and the wiring of the rooms."""
