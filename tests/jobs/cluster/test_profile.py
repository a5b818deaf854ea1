"""The shipped profiles load, slips are caught by name, and no value of a profile is ever a shell's to interpret."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import jobs.cluster.batch
from jobs.backends import slurm
from jobs.cluster.batch import image_digest, python_command
from jobs.cluster.profile import SHIPPED, Profile, load_profile
from xdomain.core.errors import UserError

HOSTILE = [
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "& touch pwned &",
    "| touch pwned",
    "> pwned",
    "a b  c * ? [x] {y,z} ~ ! # \\ %s",
]


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_every_shipped_profile_loads_by_its_name(name):
    assert isinstance(load_profile(name), Profile)


def test_the_ddp_example_asks_for_a_whole_node():
    profile = load_profile("a100x8")
    assert (profile.gres, profile.cpus) == ("gpu:a100:8", 128)
    assert "NCCL_SOCKET_IFNAME" in profile.environment


def test_the_examples_say_what_every_key_is_for():
    """Every value in an example has a comment, on its line or above."""
    for path in SHIPPED.glob("*.toml"):
        lines = path.read_text().splitlines()
        bare = [line for line in lines if "=" in line and not line.startswith("#") and "#" not in line]
        assert not bare, path.name


@pytest.mark.parametrize(("slip", "meant"), [("partiton", "partition"), ("gpu-type", "gpu_type"), ("bind", "binds")])
def test_a_misspelt_key_is_answered_with_the_nearest_and_all_others(written, slip, meant):
    with pytest.raises(UserError, match=rf"unknown key {slip}\. Did you mean {meant}\? .*max_attempts"):
        written(f'{slip} = "x"')


def test_a_key_that_resembles_none_gets_no_guess(written):
    with pytest.raises(UserError, match=r"unknown key zzz\. A profile may have: partition"):
        written("zzz = 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('memory = "16 GB"', "memory = '16 GB': write a number and K, M, G or T"),
        ('time = "00:99:00"', "time = '00:99:00': write a limit"),
        ('image = "~/x.sif"', "write the full path"),
        ('image = "$HOME/x.sif"', "write the full path"),
        ('binds = ["scratch"]', "binds has 'scratch'"),
        ('binds = ["/a,/b"]', "without a comma"),
        ('time = "00:02:00"\nsignal_seconds = 120', "signal_seconds = 120 has to be less than time, 00:02:00"),
        ('[environment]\n"A B" = "x"', "environment has 'A B'"),
    ],
)
def test_what_would_go_wrong_later_is_refused_now(written, text, said):
    with pytest.raises(UserError) as error:
        written(text)
    assert said in str(error.value)
    assert "mine.toml" in str(error.value)


@pytest.mark.parametrize(("memory", "megabytes"), [("16G", 16384), ("500M", 500), ("500", 500), ("1T", 1 << 20)])
def test_memory_in_megabytes(memory, megabytes):
    assert Profile(memory=memory).megabytes == megabytes


TEXTS = ("partition", "account", "qos", "constraint", "exclude", "gpu_type", "image")


@pytest.mark.parametrize("key", [*TEXTS, "time", "memory", "binds", "modules", "environment"])
@pytest.mark.parametrize("bad", ["a\ntouch pwned", "a\rb", "a\0b", "a\x1b[31m", "a\u2028touch pwned"])
def test_a_line_break_or_control_character_is_refused_everywhere(key, bad):
    value = {"binds": ("/" + bad,), "modules": (bad,), "environment": {"A": bad}}.get(key, bad)
    with pytest.raises(UserError, match="line break or control character"):
        Profile(**{key: value})


SHIM = """#!/bin/bash
printf '%s\\0' "${0##*/}" "$@" >> "$RECORD"
env -0 > "$RECORD.environment"
"""


@pytest.fixture
def shims(tmp_path, monkeypatch):
    """srun and module that write down their arguments, one after the other, instead of acting on them."""
    folder = tmp_path / "shims"
    folder.mkdir()
    for name in ("srun", "module"):
        (folder / name).write_text(SHIM)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return tmp_path / "record"


def test_launches_that_remember_two_images_at_once_take_no_harm(tmp_path, monkeypatch):
    """Between reading and writing the memory of digests, another launch puts its own there."""
    monkeypatch.setenv("XDOMAIN_RUNS", str(tmp_path))
    (tmp_path / "x.sif").write_bytes(b"image")
    written = jobs.cluster.batch.write_json
    monkeypatch.setattr(jobs.cluster.batch, "write_json", lambda path, _: written(path, {"another": "sha256:0"}))
    digest = hashlib.sha256(b"image").hexdigest()
    assert image_digest(Profile(image=str(tmp_path / "x.sif"))) == f"sha256:{digest}"


@pytest.mark.skipif(not shutil.which("bash"), reason="the batch script is for bash")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_reaches_a_shell_as_anything_but_itself(hostile, tmp_path, shims):
    """The very script that sbatch would get, run by bash: every value arrives whole, and nothing else happens."""
    image, bind = tmp_path / f"{hostile}.sif", tmp_path / f"{hostile}.folder".replace(",", "")
    image.touch()
    bind.mkdir()
    profile = Profile(
        **{key: hostile for key in TEXTS if key != "image"},
        image=str(image),
        binds=(str(bind),),
        modules=(hostile,),
        environment={"TOLD": hostile},
    )
    logs = tmp_path / f"{hostile} logs".replace("\\", "")  # which submitit itself would read; such a folder is refused
    python = python_command(profile, [tmp_path])
    executor = slurm.executor(logs, "xdomain.test", profile, python, profile.gres, dependency=None)
    script = tmp_path / "script.sh"
    script.write_text(executor._make_submission_file_text(executor._submitit_command_str, "uid"))
    place = tmp_path / "place"
    place.mkdir()
    done = subprocess.run(["bash", script], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(place.iterdir())
    assert not list(tmp_path.rglob("pwned"))
    words = shims.read_text().split("\0")
    assert words[:3] == ["module", "load", hostile]
    assert words[3] == "srun"
    assert {str(image), str(bind), str(logs)} <= {part for word in words for part in (word, *word.split(":"))}
    environment = Path(f"{shims}.environment").read_text().split("\0")
    assert f"TOLD={hostile}" in environment
