"""Import what most runs need, for a process that is then forked into runs: each would take seconds for it.

What cannot be imported is left to the run that needs it, whose log then says why.
"""

from contextlib import suppress

with suppress(Exception):  # a broken library raises anything
    import xdomain.evaluation.evaluate
    import xdomain.training.fit  # noqa: F401
