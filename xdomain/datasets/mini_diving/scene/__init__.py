"""Draw where the dives take place: pool, board, crowd, water and the camera."""
