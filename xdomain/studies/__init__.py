"""Grids: functions that return complete `RunSpec`s. No config file is ever edited between runs."""
