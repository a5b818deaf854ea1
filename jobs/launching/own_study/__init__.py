"""A study that one file describes: everything about it is checked before anything is launched."""
