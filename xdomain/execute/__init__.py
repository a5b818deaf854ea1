"""Do what a run does between its claim and its result: for each kind of run a function to the result's fields."""
