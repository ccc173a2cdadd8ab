"""A room kept for the Textual screens. Nothing lives here yet."""
