"""The diver networks: configurations, weights, and what a trained one makes of frames."""
