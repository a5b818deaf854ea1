"""From specs to jobs: what is left to do, where, and in which order."""
