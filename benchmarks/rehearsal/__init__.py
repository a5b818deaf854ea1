"""The whole study at its full size, with real files and a tiny model: what grows with clips and runs."""
