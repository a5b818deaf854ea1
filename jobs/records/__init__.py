"""Keep what a launch and its runs have written down: manifests and attempts."""
