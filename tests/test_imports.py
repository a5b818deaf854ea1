"""Who may import whom. A login node has no torch, and an experiment knows no cluster: both rest on these directions."""

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jobs

ROOT = Path(jobs.__file__).parent.parent
PACKAGES = [name for name in ("xdomain", "jobs", "analysis", "segment") if (ROOT / name).is_dir()]
CORE = (
    "spec",
    "overrides",
    "records",
    "files",
    "errors",
    "roots",
    "claims",
    "lineage",
    "provenance",
    "recording",
    "interruption",
    "studies",
)
HEAVY = ("torch", "torchmetrics", "pytorch_lightning", "lightning_fabric", "timesformer_pytorch", "sklearn", "mmseg")
TABULAR = ("pandas", "pyarrow", "matplotlib", "numpy", "scipy")
STUDY = tuple(f"xdomain.{part}" for part in ("models", "datasets", "training", "evaluation"))
TRAINING = ("xdomain.training", "xdomain.evaluation", "xdomain.run")
MODELS_WITH_TORCH = ("xdomain.models.cnn3d", "xdomain.models.convlstm", "xdomain.models.timesformer")

# modules, and what none of their lines may import
FORBIDDEN = {
    **{f"xdomain.{part}": (*HEAVY, *TABULAR, *STUDY, "xdomain.run") for part in CORE},
    "xdomain.models": ("xdomain.training", "xdomain.evaluation", "xdomain.datasets", "xdomain.run"),
    "xdomain.datasets": ("torch", "pytorch_lightning", "xdomain.training", "xdomain.evaluation", "xdomain.models"),
    "xdomain.training": ("xdomain.evaluation", "xdomain.run"),
    "xdomain": ("jobs", "analysis", "segment"),
    "jobs": ("analysis", "segment"),
    "analysis": ("jobs", "segment", "submitit", *HEAVY[:-2], *MODELS_WITH_TORCH, *TRAINING),
    "segment": ("jobs", "analysis"),
}


def files_of(module: str) -> list[Path]:
    """The files of a module or of a package and everything in it."""
    path = ROOT / module.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imported(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import; `from a import b` counts as a.b, which may be a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here, so that they can be read off"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("module", [name for name in FORBIDDEN if name.partition(".")[0] in PACKAGES])
def test_the_direction_of_imports(module):
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files_of(module)
        for line, name in imported(ast.walk(ast.parse(file.read_text())))
        if any(within(name, package) for package in FORBIDDEN[module])
    ]
    assert not wrong


def test_the_rules_name_modules_that_exist():
    """A renamed module would otherwise slip out of its rule."""
    for module in FORBIDDEN:
        if module.partition(".")[0] in PACKAGES:
            assert all(file.exists() for file in files_of(module)), module
            assert files_of(module), module


def test_jobs_import_only_light_packages_at_their_top():
    allowed = {*sys.stdlib_module_names, "jobs", "xdomain", "click", "submitit", "tqdm"}
    for file in files_of("jobs"):
        top = imported(ast.parse(file.read_text()).body)
        wrong = [(line, name) for line, name in top if name.partition(".")[0] not in allowed]
        assert not wrong, file


def loaded_after(code: str, tmp_path: Path) -> set[str]:
    """The heavy packages that a fresh interpreter holds after `code`."""
    heavy = {*HEAVY, "pandas", "pyarrow", "matplotlib"}
    ending = f"import sys; print('LOADED', *({heavy!r} & set(sys.modules)))"
    command = [sys.executable, "-c", f"{code}\n{ending}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_importing_all_of_jobs_loads_nothing_heavy(tmp_path):
    modules = ", ".join(f"jobs.{module.name}" for module in pkgutil.iter_modules(jobs.__path__))
    assert "jobs.launch" in modules
    assert loaded_after(f"import {modules}", tmp_path) == set()


def test_a_dry_run_of_the_whole_grid_loads_nothing_heavy(tmp_path):
    code = (
        "import runpy, sys\n"
        "sys.argv = ['launch', 'ts-grid', '--dry-run', '--cluster', 'local']\n"
        "try: runpy.run_module('jobs.launch', run_name='__main__')\n"
        "except SystemExit as done: assert not done.code, done.code"
    )
    assert loaded_after(code, tmp_path) == set()


def test_this_test_can_see_a_heavy_import(tmp_path):
    """The control: an import of pandas does show."""
    assert "pandas" in loaded_after("import pandas", tmp_path)
