"""What a first run is filled with: numbers from ranges kept free for fiction, and people who are roles."""
