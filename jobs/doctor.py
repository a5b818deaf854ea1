"""`python -m jobs.doctor`: whether a cluster, with a profile, is ready."""

from jobs.commands.doctor import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.doctor")
