"""One module per protocol. Each opens a session, asks what it was told to, and closes it always."""
