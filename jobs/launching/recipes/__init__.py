"""Carry out recipes: variants of a study as TOML files, from their data to their tables."""
