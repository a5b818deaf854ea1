"""Keep what a launch has written down: its manifest, and what it submitted."""
