"""The segmentation stage: finds the divers of Diving48 and makes its shape and texture domains (paper section 3.3)."""
