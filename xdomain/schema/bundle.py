"""MANIFEST.json of a bundle: every file that it has, and what its tables were made with."""

from typing import Annotated, Literal

from pydantic import Field

from xdomain.core.record import Count, Digest, Fraction, Inside, Name, Record, Text

BUNDLE_FORMAT = 1


class BundledFile(Record):
    """One file's checksum and size."""

    sha256: Digest
    bytes: Count


class BundledStudy(Record):
    """What a study's tables were made with."""

    tolerance: Fraction  # of validation accuracy around an experiment's level


class BundleManifest(Record):
    """What a bundle is."""

    format: Literal[1]  # BUNDLE_FORMAT
    code_version: Text
    python: Text
    packages: Annotated[dict[Name, Text], Field(max_length=100)]
    studies: Annotated[dict[Name, BundledStudy], Field(min_length=1, max_length=100)]
    published: Annotated[dict[Name, Digest], Field(max_length=1000)]
    files: Annotated[dict[Inside, BundledFile], Field(min_length=1, max_length=100_000)]
