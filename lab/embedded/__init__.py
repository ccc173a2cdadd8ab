"""The embedded practice site: everything in one process tree on loopback, without root."""
