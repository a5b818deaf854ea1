"""The tables and figures of a study that one file describes."""
