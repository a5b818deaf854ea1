"""Packages for a machine that has torch, Lightning and numpy, and no network.

    python -m benchmarks.gpu.packages --python-version 3.12 --without pyarrow,pillow

collects them, where there is a network, into benchmarks/gpu/brought/: wheels of the pinned versions, and digits. Copy
that folder along with the checkout; `make benchmark-gpu` then uses it.
"""

import argparse
import gzip
import importlib.util
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

from xdomain.core.errors import UserError

ROOT = Path(__file__).parents[2]
BROUGHT = Path(__file__).parent / "brought"
DIGITS = BROUGHT / "digits.gz"
NEEDED = {  # distribution -> what is imported of it
    "annotated-types": "annotated_types",
    "einops": "einops",
    "pillow": "PIL",
    "pyarrow": "pyarrow",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic_core",
    "timesformer-pytorch": "timesformer_pytorch",
    "typing-inspection": "typing_inspection",
}
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 17)] + ["manylinux2014_x86_64"]


def unpack(folder: Path) -> None:
    """Unpack into `folder` what this Python lacks, and put it on the path.

    Raises:
        UserError: something is lacking that was not brought along.
    """
    sys.path.append(str(folder))
    for distribution, package in NEEDED.items():
        if importlib.util.find_spec(package):
            continue
        wheels = sorted(BROUGHT.glob(f"{distribution.replace('-', '_')}-*.whl"))
        if not wheels:
            raise UserError(
                f"This Python has no {distribution}. Where there is a network, collect it with "
                f"`make benchmark-gpu-packages`, and copy {BROUGHT} here."
            )
        with zipfile.ZipFile(wheels[-1]) as wheel:
            wheel.extractall(folder)
        importlib.invalidate_caches()


def collect(python_version: str, without: list[str]) -> None:
    """Download the wheels of the pinned versions and write the digits, all into BROUGHT."""
    lock = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().split() if "==" in line)
    pinned = [f"{name}=={lock[name]}" for name in NEEDED if name not in without]
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(BROUGHT)]
    subprocess.run([*command, "--python-version", python_version, *platforms, *pinned], check=True)
    write_digits(DIGITS)


def write_digits(path: Path) -> None:
    """Write scikit-learn's digits as an IDX file, which needs no scikit-learn to be read."""
    from sklearn.datasets import load_digits as load

    images = (load().images * (255 / 16)).round().astype("uint8")  # (K, 8, 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(struct.pack(">4I", 2051, *images.shape) + images.tobytes()))


def main() -> None:
    """Collect what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python-version", default=f"{sys.version_info[0]}.{sys.version_info[1]}")
    parser.add_argument("--without", default="", help="what the machine has already, such as pyarrow,pillow")
    given = parser.parse_args()
    without = [name for name in re.split("[, ]+", given.without) if name]
    if unknown := set(without) - NEEDED.keys():
        parser.error(f"--without {', '.join(sorted(unknown))}: collected are only {', '.join(NEEDED)}")
    collect(given.python_version, without)
    print(f"{BROUGHT.relative_to(ROOT)}/ has {sum(file.stat().st_size for file in BROUGHT.iterdir()) / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
