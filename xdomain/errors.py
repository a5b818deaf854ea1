"""The one kind of error that is the user's to mend."""


class UserError(Exception):
    """A sentence that says what is wrong and what to do. Command lines print it and exit with code 2."""


class Interrupted(Exception):
    """The run was asked to stop; its checkpoint is written and the same command continues it."""
