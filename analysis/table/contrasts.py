"""Looking up a difference of two models in a table of contrasts, whichever of them stands first."""

from dataclasses import replace

from analysis.table.tables import Estimate, Table


def difference_of(table: Table, first: str, second: str, column: str, **where: object) -> Estimate | None:
    """Look up first minus second in a column of differences; None where the table does not have it.

    Args:
        table: whose rows have a `comparison` such as "3D CNN − ConvLSTM".
        first: a model as the table calls it.
        second: likewise.
        column: key of the differences.
        where: what else the row has to have, such as ratio="T/V".
    """
    for row in table.rows:
        found = row.get(column)
        if not isinstance(found, Estimate) or any(row.get(key) != value for key, value in where.items()):
            continue
        if row["comparison"] == f"{first} − {second}":
            return found
        if row["comparison"] == f"{second} − {first}":
            return replace(found, value=-found.value, low=-found.high, high=-found.low)
    return None
