"""What a GPU makes of the study's models: parts of a few minutes each, and what the grid of 400 runs costs on it."""
