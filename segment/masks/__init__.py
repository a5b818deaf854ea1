"""Mask sets: where the divers are in every frame, and how well two sets agree."""
