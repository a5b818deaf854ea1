"""Tables for a terminal: columns as wide as what is in them."""


def aligned(rows: list[list[str]], texts: int) -> list[str]:
    """Return a line for each row; the first `texts` columns are aligned left, the others, which are numbers, right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    align = [str.ljust] * texts + [str.rjust] * (len(rows[0]) - texts)
    lines = ("  ".join(fit(cell, width) for fit, cell, width in zip(align, row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
