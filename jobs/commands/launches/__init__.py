"""The commands of `python -m jobs.launch`, one file each."""
