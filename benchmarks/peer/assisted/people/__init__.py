"""People and what is kept of them, for the peer."""
