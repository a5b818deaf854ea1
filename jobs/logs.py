"""`python -m jobs.logs`: the output of a run's last attempt."""

from jobs.commands.logs import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.logs")
