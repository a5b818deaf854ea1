"""What a Diving48 study puts on the report's page."""
