"""Make or check every clip set that the runs of a launch need: `python -m jobs.worker.data MANIFEST WORKERS`."""

import os
import sys
from pathlib import Path

from jobs.records.manifest import clip_sets
from xdomain.core.errors import UserError, explain
from xdomain.core.output import accept_any_text
from xdomain.core.roots import STREAM, data_root
from xdomain.execute.registry import study_of


def main(path: str, workers: int) -> int:
    """Make the clip sets that are missing, and check the others; returns the exit code."""
    from xdomain.schema.launch import Manifest

    accept_any_text()
    try:
        manifest = Manifest.read(Path(path))
        os.environ |= manifest.environment
        inputs = clip_sets(manifest.runs, STREAM in manifest.environment)
        study_of(manifest.runs[0].study).make(inputs, data_root(), workers)
    except (UserError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:  # not of a file
            raise
        print(f"Error: {explain(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
