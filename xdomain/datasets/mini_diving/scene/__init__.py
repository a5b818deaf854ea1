"""Where the drawn dives take place: pool, board, crowd, water and the camera."""
