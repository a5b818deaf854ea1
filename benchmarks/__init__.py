"""What is fast here, and how much of it: `make bench`, `make benchmark-gpu`, `make rehearsal` (docs/benchmarks.md)."""
