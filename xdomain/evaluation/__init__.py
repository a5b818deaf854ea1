"""Evaluate a trained model: per-clip scores go to a file, everything else is the analysis's work."""
