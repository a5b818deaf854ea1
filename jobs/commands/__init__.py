"""The commands of `python -m jobs.…`, one file each. Nothing else here parses options."""
