"""The studies at work: one run from its claim to its result, and what each kind of run does in between."""
