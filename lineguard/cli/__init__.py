"""The commands, one module per group, imported only when called."""
