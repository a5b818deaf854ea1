"""Unpack archives from elsewhere safely."""
