"""How often public pages were opened: a page, a day and a number, and nothing of whoever opened them (clause 3.2)."""
