"""A stranger's Parquet file: what it says of itself is compared with bounds before a column of it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xdomain.core.errors import UserError
from xdomain.core.files import open_regular
from xdomain.core.names import one_line

MOST_ROWS = 20_000_000  # clips times checkpoints
MOST_COLUMNS = 500  # classes
LARGEST = 512 << 20  # bytes of a row group, unpacked
LARGEST_READ = 128 << 20  # bytes of a file that is read in one piece
LONGEST_NAME = 255  # characters of a clip's or a source video's


def unusable(file: Path, why: str) -> UserError:
    """Say why a predictions file cannot be used, and what to do."""
    return UserError(
        f"{file} {why}. Remove {file.parent.parent / 'result.json'} and launch the run again: "
        "it is then evaluated anew."
    )


@contextmanager
def open_parquet(file: Path, texts: tuple[str, ...] = ()) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file whose sizes are within bounds; the columns `texts` stay dictionaries.

    Raises:
        UserError: it is missing, no Parquet, damaged, or larger than any that the project writes.
    """
    try:
        with open_regular(file) as source:
            described = pq.read_metadata(source)
            if described.num_rows > MOST_ROWS or described.num_columns > MOST_COLUMNS:
                raise unusable(file, f"has {described.num_rows:,} rows of {described.num_columns:,} columns, too many")
            for number in range(described.num_row_groups):
                group = described.row_group(number)
                if group.total_byte_size > LARGEST:
                    raise unusable(file, f"unpacks to {group.total_byte_size:,} bytes or more, too many")
            kept = [name for name in texts if name in described.schema.names]
            with pq.ParquetFile(
                source, metadata=described, read_dictionary=kept, page_checksum_verification=True
            ) as parquet:
                yield parquet
    except FileNotFoundError:
        raise unusable(file, "is missing") from None
    except (pa.ArrowException, OSError, MemoryError, ValueError, KeyError) as error:
        why = one_line(str(error).split("\n")[0])[:200]
        raise unusable(file, f"is cut short or damaged ({why})") from error


def require_small(parquet: pq.ParquetFile, file: Path) -> None:
    """Refuse a file that cannot be read in one piece.

    Raises:
        UserError: it unpacks to too much.
    """
    described = parquet.metadata
    # A column of one value repeated takes no bytes in the file, and eight a row here.
    if 8 * described.num_rows * described.num_columns > LARGEST_READ:
        raise unusable(file, f"has {described.num_rows:,} rows, too many")


def require_types(parquet: pq.ParquetFile, kinds: dict[str, str], file: Path) -> None:
    """Refuse columns of another type than `kinds` says: integer, floating or string.

    Raises:
        UserError: names the column.
    """
    tests = {"integer": pa.types.is_integer, "floating": pa.types.is_floating, "string": _is_string}
    for field in parquet.schema_arrow:
        if not tests[kinds[field.name]](field.type):
            raise unusable(file, f"has values of type {field.type} in the column {field.name}")


def numbers(column: pa.ChunkedArray | pa.Array, name: str, file: Path) -> np.ndarray:
    """Read the (rows,) values of a column of numbers.

    Raises:
        UserError: a value is absent.
    """
    if column.null_count:
        raise unusable(file, f"lacks values in the column {name}")
    return column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()


def names(column: pa.Array, name: str, file: Path) -> np.ndarray:
    """Read the (rows,) texts of a column.

    Raises:
        UserError: one is absent, unprintable, or longer than a file's name can be.
    """
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if column.null_count or column.dictionary.null_count:
        raise unusable(file, f"lacks values in the column {name}")
    texts = column.dictionary.to_pylist()
    for text in texts:
        if len(text) > LONGEST_NAME or not text.isprintable():
            raise unusable(file, f"has {one_line(text[:40])!r} in the column {name}, which is no file's name")
    return np.asarray(texts, dtype=str)[column.indices.to_numpy(zero_copy_only=False)]


def _is_string(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
