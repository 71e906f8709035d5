"""Tickets: what somebody wrote to us and what we answered, in one conversation (clauses 1.4 and 4.2)."""
