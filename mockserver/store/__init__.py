"""State, without HTTP: rows, search, seeding."""
