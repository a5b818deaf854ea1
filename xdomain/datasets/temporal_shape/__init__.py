"""Temporal Shape clips: drawn from a `ClipSetSpec` or imported, one file a set (paper section 3.2)."""
