"""Trial restores: a PostgreSQL server of its own for each dump."""
