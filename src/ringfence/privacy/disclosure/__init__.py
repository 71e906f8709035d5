"""The one way out: what leaves the house, to whom, why, and the door that lets nothing else through (clause 2.5)."""
