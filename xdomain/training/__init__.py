"""Train one run with Lightning."""

from xdomain.models.zoo.libraries import declare_operators

declare_operators()  # before any module here imports Lightning
