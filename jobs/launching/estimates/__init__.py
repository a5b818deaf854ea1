"""Estimate what runs will take, from the records of earlier ones."""
