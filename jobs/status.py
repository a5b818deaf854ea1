"""`python -m jobs.status`: how every launched run stands."""

from jobs.commands.status import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.status")
