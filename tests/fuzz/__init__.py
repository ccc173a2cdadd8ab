"""Whatever a device says: no crash, no hang, and nothing spoilt is taken for normal."""
