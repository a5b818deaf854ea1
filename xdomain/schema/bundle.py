"""MANIFEST.json of a bundle: every file that it has, and what its tables were made with."""

from typing import Annotated, Literal

from pydantic import Field

from xdomain.core.record import Count, Digest, Fraction, Inside, Name, Record, Text

BUNDLE_FORMAT = 1


class BundledFile(Record):
    """One file's checksum and size."""

    sha256: Digest  # of its content
    bytes: Count  # its size


class BundledStudy(Record):
    """What a study's tables were made with."""

    tolerance: Fraction  # of validation accuracy around an experiment's level
    halves: bool = False  # whether those of `tables --halves` are among them


class BundleManifest(Record):
    """What a bundle is."""

    format: Literal[1]  # of the bundle (BUNDLE_FORMAT)
    code_version: Text  # that made the tables
    python: Text  # its version
    packages: Annotated[dict[Name, Text], Field(max_length=100)]  # name → version, of what tables are made with
    studies: Annotated[dict[Name, BundledStudy], Field(min_length=1, max_length=100)]  # by key
    published: Annotated[dict[Name, Digest], Field(max_length=1000)]  # the paper's numbers: file → SHA-256
    files: Annotated[dict[Inside, BundledFile], Field(min_length=1, max_length=100_000)]  # all but this one, by path
