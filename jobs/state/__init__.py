"""What state a run is in and why, from files alone."""
