"""Accuracy against the severity of a corruption, as a table and a figure."""
