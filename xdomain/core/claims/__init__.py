"""Claims: at most one process works on a thing, on any node that shares the file system."""
