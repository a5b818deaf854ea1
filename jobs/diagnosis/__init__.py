"""Try a profile on its cluster, say what is wrong, and offer a corrected one (`python -m jobs.doctor`)."""
