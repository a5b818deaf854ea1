"""Times that are only estimated, in words as coarse as they are."""


def approximate_time(seconds: float) -> str:
    """Say about how long something takes, such as `about 12 min`."""
    if seconds < 60:
        return "less than a minute"
    return f"about {seconds / 3600:.1f} hours" if seconds >= 3600 else f"about {seconds / 60:.0f} min"
