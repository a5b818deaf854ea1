"""Evaluate a trained model: per-clip scores go to a file, everything else is the analysis's work."""

from xdomain.models.zoo.libraries import declare_operators

declare_operators()  # before any module here imports Lightning
