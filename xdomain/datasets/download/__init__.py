"""The public data sets, fetched: downloads that resume, checksums, safe unpacking (`python -m xdomain fetch`)."""
