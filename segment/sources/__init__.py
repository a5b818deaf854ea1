"""Masks that other programs made, read and imported."""
