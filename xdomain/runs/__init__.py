"""Keep what a run leaves behind: its folder, its attempts, where its numbers come from. No heavy imports."""
