"""Launching, watching and mending runs from a login node. Light imports only: no torch, no pandas."""
