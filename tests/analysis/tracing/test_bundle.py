"""A bundle rebuilds its tables elsewhere, without torch, and names no folder of the machine that made it."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from support.made_bundles import SPEC, STUDIES, analysis, contents, repacked, write_both
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.tracing.bundle_files import MANIFEST
from xdomain.runs.run_folder import RunFolder

ROOT = Path(__file__).parents[3]


def test_verify_needs_no_torch_and_not_the_runs(packed: Path, tmp_path: Path) -> None:
    code = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {{"torch", "pytorch_lightning", "av", "cv2", "sklearn", "mmseg", "submitit"}}:
            raise ModuleNotFoundError(f"{{name}} is blocked")
sys.meta_path.insert(0, Blocked())
from analysis.commands.verify import verify
verify([{str(packed)!r}])
"""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ts-demo: 10 tables rebuilt, all equal byte for byte." in done.stdout
    assert "diving48-demo: 34 tables rebuilt, all equal byte for byte." in done.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("xdomain-verify")] == []


def test_a_bundle_names_every_file_and_no_folder_of_this_machine(packed: Path) -> None:
    files = contents(packed)
    assert next(iter(files)) == MANIFEST
    manifest = json.loads(files[MANIFEST])
    assert set(manifest["files"]) == set(files) - {MANIFEST}
    assert all(manifest["files"][n]["sha256"] == hashlib.sha256(files[n]).hexdigest() for n in manifest["files"])
    assert {f"{SPEC}/{name}" for name in ("spec.json", "result.json", "predictions/mnist.parquet")} <= set(files)
    assert "results/ts-demo/tables/accuracy-average.csv" in files
    assert {"numpy", "pandas", "scipy"} <= set(manifest["packages"])
    assert "diving48_ratios.csv" in manifest["published"]
    assert manifest["studies"]["ts-demo"] == {"tolerance": 0.005, "halves": False, "runs": 6, "finished": 4}
    assert not [name for name, content in files.items() if str(packed.parent).encode() in content]
    launch = json.loads(files["runs/ts-demo/launches/20250102-030405/manifest.json"])
    assert launch["command"] == "launch.py ts-grid --profile=mine.toml --set lr=0.01 --tag demo"
    assert "python -m analysis verify THIS_BUNDLE" in files["README.txt"].decode()


def test_equal_runs_make_equal_bytes(packed: Path, roots: Path) -> None:
    write_both()
    assert analysis("bundle", roots / "again.tar.gz", *STUDIES).exit_code == 0
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in (packed, roots / "again.tar.gz")}
    assert len(digests) == 1


def test_digits_of_ones_own_lose_their_folder(roots: Path) -> None:
    spec = demo("2dot", "3dcnn", 2, 42)
    write_run(replace(spec, data=replace(spec.data, digits=f"{roots}/mnist")), right_2dot(5, 5, 4))
    assert analysis("bundle", roots / "b.tar.gz", "--study", "ts-demo").exit_code == 0
    assert not [name for name, content in contents(roots / "b.tar.gz").items() if str(roots).encode() in content]
    assert analysis("verify", roots / "b.tar.gz").exit_code == 0


def test_a_folder_is_a_bundle_too(roots: Path) -> None:
    write_demo()
    stale = RunFolder.of(demo("2dot", "3dcnn", 2, 42)).path
    (stale.parent / "seed42.stale-20250102-030405").mkdir()
    (stale.parent / "seed42.stale-20250102-030405" / "spec.json").write_text((stale / "spec.json").read_text())
    assert analysis("bundle", roots / "b", "--study", "ts-demo").exit_code == 0
    assert not list((roots / "b").rglob("*stale*"))
    done = analysis("verify", roots / "b")
    assert done.exit_code == 0, done.output
    assert analysis("bundle", roots / "b", "--study", "ts-demo").exit_code == 2, "it is there already"
    (roots / "b/runs/more.json").write_text("{}")
    assert "holds 'runs/more.json', which its MANIFEST.json does not name" in analysis("verify", roots / "b").stderr
    (roots / "b/runs/more.json").unlink()
    (roots / "b" / SPEC / "result.json").write_text("{}")
    done = analysis("verify", roots / "b")
    assert done.exit_code == 2
    assert f"{SPEC}/result.json in {roots / 'b'} is not what its MANIFEST.json says" in done.stderr


def test_why_reads_a_bundle(packed: Path) -> None:
    cell = ("accuracy-average", "2dot 3dcnn", "V", "--bundle", packed)
    done = analysis("why", *cell, "--study", "ts-demo")
    assert done.output.splitlines()[1] == "Shown: 70.0 ± 24.5†"
    assert "Since the tables were made" not in done.output
    assert "give one of them with --study" in analysis("why", *cell).stderr
    assert "It is of the studies ts-demo, diving48-demo." in analysis("why", *cell, "--study", "ts").stderr


def test_other_predictions_make_another_table(packed: Path, tmp_path: Path) -> None:
    """Whoever changes a table, checksums and all, is found out by the predictions."""
    table = "results/ts-demo/tables/accuracy-average.csv"
    files = contents(packed)
    files[table] = files[table].replace(b"0.7,", b"0.8,")
    done = analysis("verify", repacked(tmp_path / "other.tar.gz", files))
    assert done.exit_code == 1, done.output
    assert "ts-demo/accuracy-average.csv: 1 cells differ, first 'V_mean' of row 1: 0.8 there, 0.7 here" in done.stderr
    assert "Code, Python, packages and published inputs are the same here as there." in done.stderr
    assert "diving48-demo: 34 tables rebuilt, all equal byte for byte." in done.stdout


def test_other_packages_are_named_where_tables_differ(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    manifest = json.loads(files[MANIFEST])
    manifest["packages"]["numpy"] = "1.0"
    files |= {MANIFEST: json.dumps(manifest).encode(), "results/ts-demo/tables/parameters.csv": b"model\n3dcnn\n"}
    done = analysis("verify", repacked(tmp_path / "other.tar.gz", files))
    assert done.exit_code == 1
    assert "numpy is 1.0 there and" in done.stderr


def test_tables_of_a_study_that_the_manifest_does_not_name_are_found_out(packed: Path, tmp_path: Path) -> None:
    """Nothing is rebuilt to compare them with: an altered table would pass."""
    files = contents(packed)
    table = "results/diving48-demo/tables/table2.csv"
    manifest = json.loads(files[MANIFEST])
    del manifest["studies"]["diving48-demo"]
    files |= {MANIFEST: json.dumps(manifest).encode(), table: b"model,S1/V\n3D CNN,1.0\n"}
    done = analysis("verify", repacked(tmp_path / "other.tar.gz", files))
    assert done.exit_code == 1
    assert f"{table}: no table of a study that MANIFEST.json names" in done.stderr
