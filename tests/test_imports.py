"""What a login node loads: no torch, and no pandas for a launch. pyproject.toml says who may import whom."""

import ast
import graphlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jobs

ROOT = Path(jobs.__file__).parent.parent
HEAVY = {
    *("torch", "torchmetrics", "pytorch_lightning", "lightning_fabric", "timesformer_pytorch", "sklearn", "mmseg"),
    *("pandas", "pyarrow", "matplotlib", "rich"),
}


def imported(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import; `from a import b` counts as a.b, which may be a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here, so that they can be read off"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_jobs_import_only_light_packages_at_their_top():
    allowed = {*sys.stdlib_module_names, "jobs", "xdomain", "click", "submitit", "tqdm"}
    for file in sorted((ROOT / "jobs").rglob("*.py")):
        top = imported(ast.parse(file.read_text()).body)
        wrong = [(line, name) for line, name in top if name.partition(".")[0] not in allowed]
        assert not wrong, file


def test_click_stands_in_one_room_of_each_package():
    """Libraries print with `say` and raise; what they raise, `xdomain/core/cli.py` turns into a sentence and a code."""
    packages = ("jobs", "xdomain", "segment", "analysis")
    files = [file.relative_to(ROOT) for package in packages for file in (ROOT / package).rglob("*.py")]
    names = {file: {name for _, name in imported(ast.walk(ast.parse((ROOT / file).read_text())))} for file in files}
    with_click = {file for file in files if any(name.partition(".")[0] == "click" for name in names[file])}
    assert {file.parts[0] for file in with_click if file.parts[1] == "commands"} == set(packages)
    assert {str(file) for file in with_click if file.parts[1] != "commands"} == {"xdomain/core/cli.py"}


def test_no_two_files_import_each_other():
    """Nor in a longer circle, be it in a function or for a type alone: every file can be read before what uses it."""
    files = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for package in ("jobs", "xdomain", "segment", "analysis", "xdomain_cli")
        for file in (ROOT / package).rglob("*.py")
    }
    below = {}
    for module, file in files.items():
        names = [name for _, name in imported(ast.walk(ast.parse(file.read_text())))]
        below[module] = {name if name in files else name.rpartition(".")[0] for name in names} & files.keys() - {module}
    assert sum(map(len, below.values())) > 1000
    graphlib.TopologicalSorter(below).prepare()  # a circle is an error that names it


def test_only_a_study_asks_which_study_it_is():
    """What a study is asked for stands in xdomain/studies/base.py and analysis/studies/base.py."""
    rooms = ("analysis/diving48", "analysis/temporal_shape", "analysis/own", "xdomain/studies", "xdomain/execute")
    asks = re.compile(r"isinstance\([^()]*Study\b|is_diving|\bdesign is (not )?[A-Z]")
    files = [file for package in ("jobs", "xdomain", "analysis") for file in (ROOT / package).rglob("*.py")]
    asking = [file.relative_to(ROOT).as_posix() for file in files if asks.search(file.read_text())]
    assert [file for file in asking if not file.startswith(rooms)] == []
    assert asks.search("isinstance(study, DivingStudy)")


def loaded_after(code: str, tmp_path: Path) -> set[str]:
    """The heavy packages that a fresh interpreter holds after `code`."""
    ending = f"import sys; print('LOADED', *({HEAVY!r} & set(sys.modules)))"
    command = [sys.executable, "-c", f"{code}\n{ending}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_importing_all_of_jobs_loads_nothing_heavy(tmp_path):
    modules = [module.name for module in pkgutil.walk_packages(jobs.__path__, "jobs.")]
    modules = [name for name in modules if not name.endswith("__main__")]
    assert {"jobs.launch", "jobs.commands.launch", "jobs.worker.tasks"} <= set(modules)
    assert loaded_after(f"import {', '.join(modules)}", tmp_path) == set()


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
