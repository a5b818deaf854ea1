"""`python -m analysis`: tables, figures and the page of a study."""

from analysis.commands.main import main

if __name__ == "__main__":
    main(prog_name="python -m analysis")
