"""Launching, watching and repairing runs from a login node. Light imports only: no torch, no pandas."""
