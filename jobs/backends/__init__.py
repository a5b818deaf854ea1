"""Start tasks on a Slurm cluster, or on this machine."""
