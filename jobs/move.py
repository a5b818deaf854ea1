"""`python -m jobs.move`: take runs to another root, or merge two roots."""

from jobs.commands.move import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.move")
