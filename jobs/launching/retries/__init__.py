"""Decide what a run gets when it is launched again."""
