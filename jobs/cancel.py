"""`python -m jobs.cancel`: stop runs, queued or at work."""

from jobs.commands.cancel import main

if __name__ == "__main__":
    main(prog_name="python -m jobs.cancel")
