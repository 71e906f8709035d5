"""Calls to try the switch with: a carrier's line that calls, a phone that answers, and what was said between."""
