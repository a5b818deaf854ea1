"""Decide what state a run is in and why, from files alone."""
