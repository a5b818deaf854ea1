"""Finding the divers in the test clips."""
