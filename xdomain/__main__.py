"""`python -m xdomain`: the studies' data and models."""

from xdomain.commands.main import main

if __name__ == "__main__":
    main(prog_name="python -m xdomain")
