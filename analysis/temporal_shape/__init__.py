"""The Temporal Shape measures, tables and figures (paper section 4.1)."""
