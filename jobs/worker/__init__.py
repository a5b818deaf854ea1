"""Execute what happens inside a job."""
