"""The commands of `python -m segment`."""
