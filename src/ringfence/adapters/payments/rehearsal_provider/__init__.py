"""A rehearsal of a payment provider: its own process, its own origin, its own hosted page, and no money.

It stands in for a real provider so that the whole way of an order works on a first run without any account.
It behaves as a stranger's system does: an API with a key, idempotent calls, signed events that are repeated
until they are taken, and troubles that can be asked for. It knows nothing of the shop but what the API is
given, takes only its own published test cards, and keeps nothing of what is typed. It does not import Django.
"""
