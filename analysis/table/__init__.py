"""A table: what it holds, how a cell reads, and its files."""
