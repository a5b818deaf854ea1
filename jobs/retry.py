"""`python -m jobs.retry`: launch failed and interrupted runs again."""

from jobs.commands.retry import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.retry")
