"""`python -m jobs.doctor`: tries a profile on its cluster, says what is wrong, and offers a corrected one."""
