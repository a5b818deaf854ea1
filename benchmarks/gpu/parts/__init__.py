"""The parts that are measured, a file each."""
