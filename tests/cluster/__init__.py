"""Tests against a real Slurm and real container builds on this host (pytest -m cluster)."""
