"""What a study is, and the facts and grids of the two: functions that return complete specs of runs."""
