"""A room kept for generated documents: volume, quality, warning levels, analyses. Empty yet."""
