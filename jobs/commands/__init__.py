"""The commands of `python -m jobs.…`, one file each."""
