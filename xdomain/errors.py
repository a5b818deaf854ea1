"""The one kind of error that is the user's to mend."""


class UserError(Exception):
    """A sentence that says what is wrong and what to do. Command lines print it and exit with code 2."""
