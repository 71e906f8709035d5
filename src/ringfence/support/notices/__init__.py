"""Notices to many customers at once: written, confirmed, sent in batches, recorded for each (clause 2.2)."""
