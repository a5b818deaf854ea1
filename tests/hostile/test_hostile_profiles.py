"""Profiles are shared, and so is what is made of them."""

from pathlib import Path

import pytest
from support.hostile_support import attempted

from jobs.cluster.profile import Profile, load_profile
from jobs.diagnosis import storage
from jobs.records.manifest import LAUNCHES, write_manifest
from xdomain.studies import temporal_shape


@pytest.mark.parametrize(
    "name", ["WANDB_API_KEY", "HF_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "key", "GITHUB_CREDENTIALS"]
)
def test_a_secret_in_a_profile(tmp_path: Path, name):
    path = tmp_path / "shared.toml"
    path.write_text(f'[environment]\n{name} = "hunter2"\n')
    outcome = attempted(lambda: load_profile(str(path)))
    outcome.assert_refused(f"environment has {name}", "no place for a secret")
    assert "hunter2" not in outcome.output


def test_names_that_only_look_like_secrets_are_taken():
    names = {"KEYBOARD": "us", "MONKEY": "1", "TOKENIZERS_PARALLELISM": "false", "NCCL_SOCKET_IFNAME": "ib0"}
    assert Profile(environment=names).environment == names


@pytest.mark.parametrize("value", ["a\ntouch owned", "a\x1b[2J", "a\x00b"])
def test_a_value_that_leaves_its_line(tmp_path: Path, value):
    attempted(lambda: Profile(partition=value)).assert_refused("control character")


def test_launches_are_their_owners_alone(tmp_path: Path):
    launches = tmp_path / "runs" / "ts" / LAUNCHES
    launches.mkdir(parents=True)
    launches.chmod(0o777)  # as a group's umask would make it
    write_manifest(temporal_shape.grid(models=("3dcnn",), sizes=(2,), seeds=(42,), sources=("2dot",)), None)
    assert launches.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("mode", "level", "said"), [(0o775, "warn", "Its group"), (0o757, "warn", "Everyone")])
def test_the_doctor_names_a_root_that_others_may_write_to(tmp_path: Path, mode, level, said):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs").chmod(mode)
    found = {finding.what: finding for finding in storage.findings(Profile())}["privacy"]
    assert (found.level, found.text.startswith(said)) == (level, True)
    (tmp_path / "runs").chmod(0o755)
    assert {finding.what: finding for finding in storage.findings(Profile())}["privacy"].level == "ok"
