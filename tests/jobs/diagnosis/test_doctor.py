"""The doctor without a Slurm: what it makes of a cluster's answers, what it offers, and the command itself."""

import dataclasses
import io
import json

import pytest
from click.testing import CliRunner
from rich.console import Console

import jobs.commands.doctor
from jobs.cluster.profile import Profile, load_profile
from jobs.diagnosis import scheduler
from jobs.diagnosis.node import explain
from jobs.diagnosis.offer import as_toml, offered
from jobs.diagnosis.scheduler import Cluster, Silent

CONFIG = "SLURM_VERSION = 23.11.4\nMaxArraySize            = 1001\nJobRequeue              = 1\n"
PARTITIONS = (
    "PartitionName=gpu AllowAccounts=ALL Default=YES MaxTime=3-00:00:00 State=UP PreemptMode=OFF GraceTime=0\n"
    "PartitionName=lab AllowAccounts=a,b Default=NO MaxTime=UNLIMITED State=UP PreemptMode=REQUEUE GraceTime=60\n"
    "PartitionName=old AllowAccounts=ALL Default=NO MaxTime=UNLIMITED State=DRAIN PreemptMode=OFF GraceTime=0\n"
)
NODES = (
    "gpu|128|1000000|gpu:a100:8(S:0-7)|mixed\n"
    "gpu|128|1000000|gpu:a100:8(S:0-7)|drained*\n"
    "lab|32|256000|gpu:4|idle\nold|8|16000|(null)|idle\n"
)


@pytest.fixture
def examine(monkeypatch):
    """The findings of a cluster that answers like this, and the cluster."""

    def examine(profile: Profile, config: str = CONFIG, partitions: str = PARTITIONS) -> tuple[dict, Cluster]:
        def ask(*command: str, seconds: float = 30) -> str:
            if command[0] == "sacct":
                raise Silent("Slurm accounting storage is disabled")
            words = {"config": config, "partition": partitions, "--Node": NODES, "--me": ""}
            return next(answer for word, answer in words.items() if word in command)

        monkeypatch.setattr(scheduler, "ask", ask)
        monkeypatch.setattr(scheduler.shutil, "which", lambda name: name)
        cluster = Cluster(profile)
        return {finding.what: finding for finding in cluster.findings()}, cluster

    return examine


def test_a_profile_that_fits(examine):
    found, cluster = examine(Profile(gpu_type="a100", gpus=8, cpus_per_gpu=16, memory="900G"))
    assert {finding.level for finding in found.values()} == {"ok", "note"}
    assert found["partition"].text == "gpu (the default): 1 of 2 nodes in service, 8 a100 a node, 3-00:00:00 at most."
    assert cluster.minutes == 3 * 1440
    assert cluster.largest_array == 1001
    assert found["sacct"].level == "note"


@pytest.mark.parametrize(
    ("changes", "what", "said"),
    [
        ({"array_limit": 1002}, "arrays", "MaxArraySize is 1001, but array_limit = 1002"),
        ({"partition": "gpuu"}, "partition", "There is no partition gpuu. Those you may see are: gpu, lab, old."),
        ({"partition": "old"}, "partition", "old is closed (DRAIN)"),
        (
            {"partition": "lab", "account": "c"},
            "partition",
            "lab does not take the account c. Those it takes are: a, b.",
        ),
        ({"time": "4-00:00:00"}, "partition", "time = 4-00:00:00 is more. Lower it"),
        ({"gpu_type": "h100"}, "fit", "No node of gpu has 1 h100: there is 8 a100 a node."),
        ({"gpus": 9}, "fit", "No node of gpu has 9 GPUs"),
        ({"cpus_per_gpu": 200}, "fit", "the largest has 128 CPUs, 1000000M. Lower cpus_per_gpu or memory."),
        ({"memory": "2T"}, "fit", "No node has room for one run"),
        ({"partition": "lab", "gpu_type": "a100"}, "fit", "there is 4 GPU a node"),
    ],
)
def test_a_profile_that_does_not_fit_fails_with_the_way_out(examine, changes, what, said):
    found, _ = examine(Profile(**changes))
    assert found[what].level == "FAIL"
    assert said in f"{found[what].text} {found[what].advice}"


def test_without_a_default_the_partitions_are_listed(examine):
    found, _ = examine(Profile(), partitions=PARTITIONS.replace("YES", "NO"))
    assert found["partition"].blocks
    assert "gpu, lab, old" in found["partition"].advice


@pytest.mark.parametrize(
    ("config", "level", "said"),
    [
        ("", "ok", "No job is thrown out"),
        ("PreemptType = preempt/partition_prio\n", "ok", "hear SIGTERM, save at their epoch's end"),
        ("PreemptType = preempt/qos\nSlurmctldParameters = x,preempt_send_user_signal\n", "ok", "they are warned"),
    ],
)
def test_what_preemption_costs(examine, config, level, said):
    found, _ = examine(Profile(partition="lab"), CONFIG + config)
    assert (found["preemption"].level, said in found["preemption"].text) == (level, True)


def test_preemption_without_a_grace_costs_up_to_an_epoch(examine):
    partitions = PARTITIONS.replace("GraceTime=60", "GraceTime=0")
    found, _ = examine(Profile(partition="lab"), CONFIG + "PreemptType = preempt/qos\n", partitions)
    assert found["preemption"].level == "note"
    assert "are queued again: at most an epoch is lost" in found["preemption"].text


def test_how_long_a_job_may_still_save_at_its_time_limit(examine):
    found, _ = examine(Profile(), CONFIG + "KillWait = 30 sec\n")
    assert "has 30 s more" in found["requeue"].text


def test_preemption_that_cancels_is_a_warning(examine):
    partitions = PARTITIONS.replace("PreemptMode=REQUEUE", "PreemptMode=CANCEL")
    found, _ = examine(Profile(partition="lab"), CONFIG + "PreemptType = preempt/qos\n", partitions)
    assert found["preemption"].level == "warn"


def test_no_requeue_is_good_to_know(examine):
    found, _ = examine(Profile(), CONFIG.replace("JobRequeue              = 1", "JobRequeue = 0"))
    assert found["requeue"].level == "note"


def test_the_offer_fills_in_what_was_found(examine, tmp_path):
    profile = Profile(
        time="9-00:00:00", array_limit=5000, cpus_per_gpu=300, memory="4T", environment={"A": 'it\'s "x" \\ ; $(y)'}
    )
    _, cluster = examine(profile)
    better, reasons = offered(profile, cluster)
    assert (better.partition, better.array_limit, better.time) == ("gpu", 1001, "3-00:00:00")
    assert (better.gpu_type, better.cpus_per_gpu, better.memory) == ("a100", 16, "125000M")
    (tmp_path / "new.toml").write_text(as_toml(better, reasons))
    assert load_profile(str(tmp_path / "new.toml")) == better
    assert "array_limit = 1001  # MaxArraySize" in (tmp_path / "new.toml").read_text()


def test_the_offer_for_a_cluster_that_says_nothing_is_the_profile_itself():
    assert offered(Profile(), Cluster(Profile())) == (Profile(), {})


def test_a_wrong_gpu_type_is_replaced_by_the_only_one(examine):
    profile = Profile(gpu_type="h100", gpus=16)
    better, _ = offered(profile, examine(profile)[1])
    assert better.gres == "gpu:a100:8"


@pytest.mark.parametrize(
    ("reason", "in_vain"),
    [
        ("Priority", False),
        ("Resources", False),
        ("None", False),
        ("PartitionTimeLimit", True),
        ("QOSMaxWallDurationPerJobLimit", True),  # of each job: the end of others changes nothing
        ("AssocMaxCpuPerJobLimit", True),
        ("QOSMaxGRESPerNode", True),
        ("QOSMinGRES", True),
        ("QOSMaxGRESPerUser", False),
        ("QOSMaxJobsPerUserLimit", False),
        ("InvalidAccount", True),
        ("BadConstraints", True),
        ("AssocGrpGRES", False),
        ("ReqNodeNotAvail, UnavailableNodes:node1", False),
        ("launch failed requeued held", True),
        ("SomethingNew", False),
    ],
)
def test_a_reason_to_wait_is_explained(reason, in_vain):
    meaning, vain = explain(reason)
    assert meaning.endswith(".")
    assert vain is in_vain


@pytest.fixture
def doctor(empty_roots, monkeypatch):
    """`python -m jobs.doctor WORDS` where there is no Slurm."""
    monkeypatch.setattr(scheduler.shutil, "which", lambda _: None)
    return lambda *words: CliRunner().invoke(jobs.commands.doctor.main, [str(word) for word in words])


def test_without_slurm_it_says_so_and_submits_nothing(doctor):
    result = doctor()
    assert result.exit_code == 1
    assert "There is no sbatch" in result.stdout
    assert "No job was submitted" in result.stdout


def test_json_is_one_document(doctor):
    result = doctor("--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["findings"][0]["level"] == "FAIL"
    assert document["profile"] == json.loads(json.dumps(dataclasses.asdict(Profile())))
    assert document["submitted"] is False


def test_a_file_that_exists_is_never_overwritten(doctor, empty_roots):
    (empty_roots / "mine.toml").write_text("gpus = 0\n")
    result = doctor("--write", "mine.toml")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert (empty_roots / "mine.toml").read_text() == "gpus = 0\n"
    assert doctor("--write", "no/where.toml").exit_code == 2


def test_the_offer_is_written_and_loads(doctor, empty_roots):
    doctor("--write", "new.toml")
    assert load_profile("new.toml") == Profile()


def test_usage_errors_end_with_2(doctor):
    assert doctor("--profile", "nowhere").exit_code == 2
    assert doctor("--timeout", "0").exit_code == 2


def test_a_line_is_wrapped_below_itself_for_people_and_not_for_pipes():
    finding = scheduler.fail("runs", "word " * 30, "Do [this].")
    assert finding.line() == f"FAIL  runs          {'word ' * 30} Do [this]."
    console = Console(width=60, file=io.StringIO())
    console.print(finding.drawn())
    wrapped = console.file.getvalue().splitlines()
    assert len(wrapped) > 2
    assert wrapped[0].startswith("FAIL  runs          word word")
    assert all(line.startswith(" " * 20) for line in wrapped[1:])
    assert "".join(wrapped).split()[-2:] == ["Do", "[this]."]
