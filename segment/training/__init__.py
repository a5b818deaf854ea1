"""Training a diver network on labelled frames."""
