"""A run is data: the kinds of specs that decide everything, how they are checked, and deviations from a recipe."""
