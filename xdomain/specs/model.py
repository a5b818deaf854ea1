"""Which model a run trains: a part of its spec."""

from dataclasses import dataclass

from xdomain.core.errors import UserError
from xdomain.core.names import LIBRARIES, is_library_model, library_model_label, one_line


@dataclass(frozen=True)
class ModelSpec:
    """A registered model and its size, or a library's model, whose name says its size, and what it begins from."""

    name: str  # as registered (xdomain/models), or a library's, such as torchvision:r3d_18
    hidden: int  # units per block, h; of a library's model 1
    weights: str = ""  # that a library's model begins from: a file, a folder or a name; empty: random ones
    sha256: str = ""  # of what a library's model is made from: its configuration, its weights; empty: neither
    frozen: bool = False  # only the new head of a library's model learns

    @property
    def has_size(self) -> bool:
        """Whether `hidden` is its size."""
        return not is_library_model(self.name)

    @property
    def key(self) -> str:
        """What ids and tables call it: the name, of a library's model such as `torchvision-r3d_18-scratch`."""
        if self.has_size:
            return self.name
        begun = "pretrained" if self.weights else "scratch"
        parts = (library_model_label(self.name), begun, self.sha256[:8], "frozen" if self.frozen else "")
        return "-".join(filter(None, parts))

    def check(self) -> None:
        """Refuse what only a library's model has, of another.

        Raises:
            UserError: says which.
        """
        given = [name for name in ("weights", "frozen", "sha256") if getattr(self, name)]
        if given and self.has_size:
            raise UserError(
                f"{one_line(self.name)} takes no {given[0]}: only a model of {' or '.join(LIBRARIES)} does, such as "
                "torchvision:r3d_18."
            )
