"""The drawn diver: joints, movement and picture."""
