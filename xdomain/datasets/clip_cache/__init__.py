"""Decoded clips in a few memory-mapped files: written once, read by training and evaluation."""
