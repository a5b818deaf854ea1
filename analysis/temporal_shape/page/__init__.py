"""What a Temporal Shape study puts on the report's page."""
