"""Records as types: what a file may hold, checked once where it is read, whoever wrote it.

A module here is imported where a file is read, not before: pydantic takes a tenth of a second to import.
"""
