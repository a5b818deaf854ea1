"""From a cell back to its runs, and results handed on: why, bundle, verify."""
