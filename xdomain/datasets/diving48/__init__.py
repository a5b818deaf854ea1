"""Diving48's listings, splits and videos (paper section 3.3), for any folder in the archive's layout."""
