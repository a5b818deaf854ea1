"""Writing a study's tables and figures, with the runs that stand behind every cell."""
