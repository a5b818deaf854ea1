"""Checks that a model can be trained and evaluated as the studies do it."""
