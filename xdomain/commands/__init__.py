"""The commands of `python -m xdomain`, one file each. Nothing else here parses options."""
