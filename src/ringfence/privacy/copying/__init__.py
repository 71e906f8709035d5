"""Copies of what is held about somebody: made in the background, sealed, fetched within a week (clause 7.2)."""
