"""What is launched, queued and running now."""
