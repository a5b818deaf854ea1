"""What everything else stands on: files, errors, claims, signals, worker processes. Knows no run and no data."""
