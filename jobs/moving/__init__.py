"""Move runs to another root, or merge two roots, with a check of every file."""
