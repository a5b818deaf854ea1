"""A run is data: the specs that decide everything, how they are checked, and deviations from a recipe."""
