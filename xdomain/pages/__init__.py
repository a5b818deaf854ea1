"""HTML pages for people, each one file that needs no network: their common frame, policy and escaping."""
