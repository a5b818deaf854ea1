"""`python -m jobs.launch`: launch runs of any study."""

from jobs.commands.launch import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.launch")
