"""The page by which people judge a mask set."""
