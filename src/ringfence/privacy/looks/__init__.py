"""Looks of staff: each has a purpose and a line that its customer reads, and one without is found out (clause 2.1)."""
