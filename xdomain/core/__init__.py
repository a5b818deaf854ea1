"""Support everything else: files, errors, claims, signals, worker processes. Knows no run and no data."""
