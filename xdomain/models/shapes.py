"""Models refuse clips that their pooling leaves nothing of."""

from xdomain.core.errors import UserError


def require_pixels(model: str, size: int) -> None:
    """Refuse where `size`, what remains of a side or of the frames, is nothing.

    Raises:
        UserError: says to give longer or larger clips.
    """
    if size < 1:
        raise UserError(f"The clips are too short or too small for the {model}: its pooling leaves nothing of them.")
