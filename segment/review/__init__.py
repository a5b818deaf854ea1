"""The page by which people evaluate a mask set."""
