"""Train one run with Lightning."""
