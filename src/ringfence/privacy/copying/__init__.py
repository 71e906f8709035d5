"""Copies of what is held about somebody: made in the background, sealed, fetched within three days (clause 7.2)."""
