"""What else the clips say of a Diving48 study's models, and what the choices behind its ratios change."""
