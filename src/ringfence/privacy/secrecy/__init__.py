"""What the store is made of is told by no page, header or error of its own: it looks at itself from outside (2.7)."""
