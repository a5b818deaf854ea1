"""Archives from elsewhere, unpacked safely."""
