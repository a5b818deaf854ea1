"""The commands of `python -m xdomain`."""
