"""Backups: made, kept, restored and tried, for the embedded server and for servers of one's own."""
