"""The data sets: those that are drawn, decoded or fetched, and pictures of them."""
