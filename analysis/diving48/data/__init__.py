"""A Diving48 study's run folders as validated data."""
