"""The domains S1, S2, T and their controls, made from clips and masks."""
