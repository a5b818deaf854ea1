"""Listings of any videos, read where they lie: lists, CSV, UCF101's and HMDB51's split files, Something-Something's."""
