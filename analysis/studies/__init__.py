"""What every study's analysis is asked for."""
