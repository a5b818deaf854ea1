"""Listings, splits and videos: Diving48's (paper section 3.3), and those of any layout in its place."""
