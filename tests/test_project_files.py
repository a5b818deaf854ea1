"""What stands around the code agrees with it: versions, targets, commands and pages that these files name."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from xdomain_cli.catalog import COMMANDS

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (TOP / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def steps(workflow: Path) -> list[str]:
    """The commands of a workflow, line by line."""
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))


def test_there_are_workflows_and_forms():
    assert {path.stem for path in WORKFLOWS} >= {"ci", "wheel"}
    assert len(FORMS) == 3


def test_a_change_has_to_pass_what_the_script_checks():
    assert ".ci/run" in steps(TOP / ".github" / "workflows" / "ci.yml")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_name_targets_and_commands_that_exist(workflow):
    for words in map(shlex.split, steps(workflow)):
        if words[0] == "make":
            assert words[1] in targets(), words
        elif words[0] == "xdomain":
            assert words[1] in {"--version", *COMMANDS}, words
        else:
            assert words[0] == "pip" or (TOP / words[0]).exists(), words


def test_the_wheel_is_tried_on_every_python_that_is_named():
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    install = yaml.safe_load((TOP / ".github" / "workflows" / "wheel.yml").read_text())["jobs"]["install"]
    assert named == install["strategy"]["matrix"]["python"]
    assert PROJECT["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_something(form):
    fields = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(fields)
    asked = [field["id"] for field in fields["body"] if field["type"] != "markdown"]
    assert asked
    assert len(asked) == len(set(asked))


def test_the_citation_is_of_this_version_and_has_paper_and_software():
    citation = yaml.safe_load((TOP / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    paper = citation["preferred-citation"]
    assert [author["family-names"] for author in paper["authors"]] == ["Broomé", "Pokropek", "Li", "Kjellström"]
    assert paper["identifiers"][0]["value"].partition(":")[2] in PROJECT["urls"]["Paper"]


def test_this_version_has_its_changes():
    headings = re.findall(r"^## (\S+)$", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:2] == ["Unreleased", PROJECT["version"]]


def test_the_container_for_development_has_the_python_of_the_locks_and_calls_a_target():
    container = json.loads((TOP / ".devcontainer" / "devcontainer.json").read_text())
    assert container["image"].startswith("python:3.11")
    assert container["postCreateCommand"].removeprefix("make ") in targets()


def test_an_audit_that_is_not_answered_does_not_pass(tmp_path):
    """pip-audit ends with 0 where the database knows none of the packages, unless it is strict."""
    auditing = "#!/bin/sh\ncase $* in *--strict*) echo 'absl-py: could not be audited'; exit 1;; esac\n"
    (tmp_path / "python").write_text(
        "#!/bin/sh\nmkdir -p build/audit/bin\ncp python.stub build/audit/bin/python\n"
        "cp audit.stub build/audit/bin/pip-audit\n"
    )
    (tmp_path / "python.stub").write_text("#!/bin/sh\n")
    (tmp_path / "audit.stub").write_text(auditing)
    for name in ("python", "python.stub", "audit.stub"):
        (tmp_path / name).chmod(0o755)
    command = ["make", "-f", str(TOP / "Makefile"), "audit", f"PYTHON={tmp_path / 'python'}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "the database did not answer for the package" in done.stdout
    assert not (tmp_path / "build").exists()
