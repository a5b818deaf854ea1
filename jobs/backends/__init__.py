"""Where tasks are started: a Slurm cluster, or this machine."""
