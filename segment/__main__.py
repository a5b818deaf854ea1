"""`python -m segment`: the segmentation stage."""

from segment.commands.main import main

if __name__ == "__main__":
    main(prog_name="python -m segment")
