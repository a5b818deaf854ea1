"""Turn specs into jobs: what is left to do, where, and in which order."""
