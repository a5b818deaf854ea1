"""A profile is a TOML file that says what is wrong with it, by name, before anything is submitted."""

import pytest

from jobs.cluster.profile import Profile, load_profile, minutes_of
from xdomain.core.errors import UserError


def test_values_reach_the_profile(written):
    profile = written('partition = "gpu"\ngpus = 2\nmodules = ["cuda"]\n[environment]\nNCCL_DEBUG = "INFO"\n')
    assert (profile.partition, profile.gpus, profile.modules) == ("gpu", 2, ("cuda",))
    assert profile.environment == {"NCCL_DEBUG": "INFO"}
    assert profile.cpus == 2 * profile.cpus_per_gpu


def test_the_shipped_profile_loads_by_its_name_and_from_the_environment(monkeypatch):
    assert load_profile("generic").partition == "gpu"
    monkeypatch.delenv("XDOMAIN_PROFILE", raising=False)
    assert load_profile(None) == Profile()
    monkeypatch.setenv("XDOMAIN_PROFILE", "generic")
    assert load_profile(None) == load_profile("generic")


def test_an_unknown_key_is_answered_with_the_valid_ones(written):
    with pytest.raises(UserError, match=r"mine\.toml: unknown key partitoin\. .*partition, account, gpu_type"):
        written('partitoin = "gpu"')


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('gpus = "1"', "gpus"),
        ("gpus = true", "gpus"),
        ("partition = 3", "partition"),
        ('modules = "cuda"', "modules"),
        ("time = 04:00:00", "time"),
        ("environment = 1", "environment"),
        ("modules = [1]", "modules"),
        ("[environment]\nNCCL_DEBUG = 1", "environment"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_file(written, text, key):
    with pytest.raises(UserError, match=rf"mine\.toml: {key} = "):
        written(text)


@pytest.mark.parametrize("text", ['time = "30"', 'time = "4h"', "throttle = 0", "array_limit = 0", "gpus = -1"])
def test_a_value_out_of_range_is_named_with_its_file(written, text):
    with pytest.raises(UserError, match=rf"mine\.toml: {text.partition(' ')[0]} = "):
        written(text)


def test_what_is_no_toml_says_where(written, tmp_path):
    with pytest.raises(UserError, match=r"mine\.toml is not valid TOML: .*line 2"):
        written('partition = "gpu"\ngpus 1\n')
    (tmp_path / "mine.toml").write_bytes(b'partition = "\xff"')
    with pytest.raises(UserError, match=r"mine\.toml"):
        load_profile(str(tmp_path / "mine.toml"))


def test_a_profile_that_is_not_there_lists_the_shipped_ones(tmp_path):
    for name in ("nowhere", str(tmp_path / "nowhere.toml")):
        with pytest.raises(UserError, match=r"no profile .*generic"):
            load_profile(name)


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [("04:00:00", 240), ("1-00:00:00", 1440), ("00:00:30", 1), ("0:10:01", 11), ("100:00:00", 6000)],
)
def test_time_limits_in_minutes(limit, minutes):
    assert minutes_of(limit) == minutes


def test_gpus_as_slurm_names_them():
    assert Profile().gres == "gpu:1"
    assert Profile(gpu_type="a100", gpus=2).gres == "gpu:a100:2"
    assert Profile(gpus=0).gres is None
