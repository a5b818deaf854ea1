"""`python -m jobs.usage`: what the runs have cost."""

from jobs.commands.usage import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.usage")
