"""Draw the diver: joints, movement and picture."""
