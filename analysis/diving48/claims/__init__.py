"""What claims on a Diving48 study are about: its quantities, the paper's printed ones, and how sure either can be."""
