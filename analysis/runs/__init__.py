"""Run folders as validated data."""
