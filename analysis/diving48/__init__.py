"""The Diving48 measures, tables and figures (paper section 4.2)."""
