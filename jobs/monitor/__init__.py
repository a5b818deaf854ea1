"""Show what is launched, queued and running now."""
