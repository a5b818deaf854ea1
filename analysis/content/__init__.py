"""What a study puts on the report's page, as data: findings with their estimates, and clips that move."""
