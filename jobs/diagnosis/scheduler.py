"""The doctor's questions to Slurm, asked on the login node: does it answer, and does the profile fit it?"""

import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.backends.slurm_command import run_slurm
from jobs.cluster.profile import Profile
from jobs.diagnosis.finding import Finding, fail, note, ok, warn

COMMANDS = ("sbatch", "squeue", "scontrol", "scancel", "sinfo", "srun")
UNUSABLE = ("down", "drain", "fail", "maint", "unk", "inval", "err")
# What Slurm's commands say when they fail, and what that means to a user who only wants to submit.
SILENCES = (
    (
        r"(?i)munge|authentication",
        "Slurm signs every request with munge, and munge does not run on this machine. Only its administrators can "
        "start it: tell them, or log in elsewhere. Jobs that were submitted before go on.",
    ),
    (
        r"(?i)configuration source|fetch_config|slurm\.conf",
        "This machine knows no Slurm cluster: give the command on a login node, or load the site's Slurm module.",
    ),
    (
        r"(?i)contact|connect|no answer|timed out",
        "The scheduler is down, or restarts: try again in some minutes. Running jobs go on meanwhile.",
    ),
)


class Silent(Exception):
    """A command of Slurm's failed; carries its own words."""

    @property
    def meaning(self) -> str:
        """What to do about it, as far as the words are known."""
        return next(
            (advice for pattern, advice in SILENCES if re.search(pattern, str(self))), "Ask the site's support."
        )


def ask(*command: str, seconds: float = 30) -> str:
    """Return the output of a Slurm command.

    Raises:
        Silent: it failed, or did not answer in time.
    """
    try:
        answer = run_slurm(command, seconds)
    except FileNotFoundError as error:
        raise Silent(f"there is no command {command[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise Silent(f"no answer from {command[0]} within {seconds:.0f} s") from error
    if answer.returncode:
        lines = (answer.stderr.strip() or answer.stdout.strip() or "no reason given").splitlines()
        # Of several lines, the one about munge is the cause (its own hint speaks to administrators), else the
        # first that is known.
        munge = [line for line in lines if re.search(r"(?i)munge (en|de)code|authentication", line)]
        known = [line for line in lines if any(re.search(pattern, line) for pattern, _ in SILENCES)]
        words = re.sub(r"^(\S+: )?(error|fatal): ", "", (munge or known or lines)[0].strip())
        raise Silent(textwrap.shorten(words, 80, placeholder=" ..."))
    return answer.stdout


@dataclass(frozen=True)
class Node:
    """What Slurm's books say of a node."""

    cpus: int
    megabytes: int
    gpus: dict[str, int]  # type ("" where the cluster names none) -> number
    state: str

    def gpus_of(self, kind: str | None) -> int:
        """Count GPUs of this type, or of the most frequent type where it does not matter."""
        return self.gpus.get(kind, 0) if kind else max(self.gpus.values(), default=0)


@dataclass
class Cluster:
    """What Slurm says of itself and of the profile's partition; `findings` asks and fills it in."""

    profile: Profile
    largest_array: int | None = None
    name: str = ""  # of the partition
    minutes: float = float("inf")  # the partition's time limit
    nodes: tuple[Node, ...] = ()  # those of the partition that are in service

    def findings(self) -> Iterator[Finding]:
        """Ask everything there is to ask; the fields are valid afterwards."""
        if missing := [command for command in COMMANDS if not shutil.which(command)]:
            advice = "Give this command on a login node of the cluster, or load the site's Slurm module first."
            yield fail("Slurm", f"There is no {', '.join(missing)} here.", advice, blocks=True)
            return
        try:
            config = _assignments(ask("scontrol", "show", "config"), r"^(\S+)\s*= (.*)$")
            ask("squeue", "--me", "--noheader")
            partitions = [
                _assignments(line, r"(\S+?)=(\S*)")
                for line in ask("scontrol", "--oneliner", "show", "partition").split("\n")
            ]
            sinfo = ask("sinfo", "--noheader", "--Node", "--format=%R|%c|%m|%G|%T")
        except Silent as silence:
            yield fail("Slurm", f"It does not answer ({silence}).", silence.meaning, blocks=True)
            return
        yield ok("Slurm", f"{config.get('SLURM_VERSION', 'some version')} answers.")
        yield from self._array(config)
        yield _requeue(config)
        yield _accounting()
        by_name = {partition["PartitionName"]: partition for partition in partitions if "PartitionName" in partition}
        yield from self._partition(by_name, sinfo)
        if self.name:
            yield _preemption(config, by_name[self.name])

    def _array(self, config: dict[str, str]) -> Iterator[Finding]:
        if not config.get("MaxArraySize", "").isdigit():
            return
        self.largest_array = max(1, int(config["MaxArraySize"]))  # the highest index is one less
        wanted = self.profile.array_limit
        if wanted <= self.largest_array:
            yield ok("arrays", f"MaxArraySize is {self.largest_array}, array_limit {wanted}.")
        else:
            text = f"MaxArraySize is {self.largest_array}, but array_limit = {wanted}: sbatch would refuse."
            yield fail("arrays", text, f"Write array_limit = {self.largest_array} in the profile.")
        if self.largest_array == 1:
            yield note("arrays", "This cluster has no arrays: every run is a job of its own, submitted one by one.")

    def _partition(self, by_name: dict[str, dict[str, str]], sinfo: str) -> Iterator[Finding]:
        default = [name for name, partition in by_name.items() if partition.get("Default") == "YES"]
        # Slurm takes a list, too, and uses whichever is free first.
        names = self.profile.partition.split(",") if self.profile.partition else default
        if not names:
            advice = f"Write one of these as partition in the profile: {', '.join(by_name)}."
            yield fail("partition", "The profile names none, and the cluster has no default.", advice, blocks=True)
            return
        if unknown := [name for name in names if name not in by_name]:
            advice = f"Those you may see are: {', '.join(by_name)}."
            yield fail("partition", f"There is no partition {', '.join(unknown)}.", advice, blocks=True)
            return
        self.name = names[0]
        partition = by_name[self.name]
        self.minutes = _minutes(partition.get("MaxTime", "UNLIMITED"))
        everything = [_node(*line.split("|")) for line in sinfo.splitlines() if line.split("|")[0] == self.name]
        self.nodes = tuple(node for node in everything if not node.state.startswith(UNUSABLE))
        limit = "no time limit" if self.minutes == float("inf") else f"{partition['MaxTime']} at most"
        counted = f"{len(self.nodes)} of {len(everything)} nodes in service"
        state = f"{self.name}{'' if self.profile.partition else ' (the default)'}: {counted}, {self._gpus()}, {limit}."
        allowed = partition.get("AllowAccounts", "ALL").split(",")
        if partition.get("State") != "UP":
            advice = "Jobs would wait until the administrators open it: take another."
            yield fail("partition", f"{self.name} is closed ({partition.get('State')}).", advice, blocks=True)
        elif self.profile.account and allowed != ["ALL"] and self.profile.account not in allowed:
            text = f"{self.name} does not take the account {self.profile.account}."
            yield fail("partition", text, f"Those it takes are: {', '.join(allowed)}.", blocks=True)
        elif not self.nodes:
            yield warn("partition", state, "Jobs wait until a node is back: `sinfo --list-reasons` may say when.")
        elif self.minutes < self.profile.minutes:
            advice = "Lower it; runs that need longer continue in a further attempt."
            yield fail("partition", f"{state} time = {self.profile.time} is more.", advice)
        else:
            yield ok("partition", state)
        yield from self._fits()

    def _gpus(self) -> str:
        most: dict[str, int] = {}
        for node in self.nodes:
            for kind, number in node.gpus.items():
                most[kind] = max(number, most.get(kind, 0))
        return " or ".join(f"{number} {kind or 'GPU'} a node" for kind, number in most.items()) or "no GPUs"

    def _fits(self) -> Iterator[Finding]:
        """Tell whether any one node has what a run asks for."""
        if not self.nodes:
            return
        profile = self.profile
        gpus = f"{profile.gpus} {profile.gpu_type or 'GPU'}{'s' * (profile.gpus > 1 and not profile.gpu_type)}"
        wanted = f"{gpus + ', ' if profile.gpus else ''}{profile.cpus} CPU{'s' * (profile.cpus > 1)}, {profile.memory}"
        candidates = [node for node in self.nodes if node.gpus_of(profile.gpu_type) >= profile.gpus]
        if profile.gpus and not candidates:
            advice = "Correct gpus or gpu_type, or take another partition (`sinfo --format='%P %G'` shows their GPUs)."
            yield fail("fit", f"No node of {self.name} has {gpus}: there is {self._gpus()}.", advice, blocks=True)
        elif not any(node.cpus >= profile.cpus and node.megabytes >= profile.megabytes for node in candidates):
            node = max(candidates, key=lambda node: (node.cpus, node.megabytes))
            text = f"No node has room for one run ({wanted}): the largest has {node.cpus} CPUs, {node.megabytes}M."
            yield fail("fit", text, "Lower cpus_per_gpu or memory.", blocks=True)
        else:
            yield ok("fit", f"A run asks for {wanted}; there are nodes with that.")


def _assignments(text: str, pattern: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(pattern, text, re.MULTILINE)}


def _node(_: str, cpus: str, megabytes: str, gres: str, state: str) -> Node:
    gpus: dict[str, int] = {}
    for kind, number in re.findall(r"\bgpu(?::([^:(),]+))?:(\d+)", gres):
        gpus[kind] = gpus.get(kind, 0) + int(number)
    return Node(int(cpus.rstrip("+")), int(megabytes.rstrip("+")), gpus, state)


def _minutes(limit: str) -> float:
    """Parse Slurm's [days-]hours:minutes:seconds, or minutes:seconds, or a word for no limit."""
    if not re.fullmatch(r"[\d:-]+", limit):
        return float("inf")
    days, _, clock = limit.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = 60 * seconds + int(part)
    return int(days or 0) * 1440 + seconds / 60


def _requeue(config: dict[str, str]) -> Finding:
    if config.get("JobRequeue") == "1":
        wait = config.get("KillWait", "").removesuffix(" sec")
        late = f" One that is still saving at its time limit has {wait} s more to do so." if wait else ""
        return ok("requeue", f"JobRequeue is 1: a job whose node fails starts again by itself.{late}")
    text = "JobRequeue is 0: a run stopped by the time limit goes on in a follow-up job, one whose node fails does not."
    return note("requeue", text, "Give the launch command again then.")


def _preemption(config: dict[str, str], partition: dict[str, str]) -> Finding:
    kind = config.get("PreemptType", "preempt/none").removeprefix("preempt/")
    mode = partition.get("PreemptMode", config.get("PreemptMode", "OFF")).upper()
    if kind == "none" or mode == "OFF":
        return ok("preemption", "No job is thrown out for a more important one.")
    grace = partition.get("GraceTime", "0")
    text = f"Jobs may be thrown out ({kind}, {mode}, {grace} s of grace)"
    if "CANCEL" in mode:
        again = "are not queued again" if grace == "0" else "are queued again only if they save within it"
        return warn("preemption", f"{text} and {again}.", "Give the launch command again then.")
    if "preempt_send_user_signal" in config.get("SlurmctldParameters", ""):
        return ok("preemption", f"{text}; they are warned, save, and continue.")
    if grace != "0":
        saved = "hear SIGTERM, save at their epoch's end if it comes within the grace, and are queued again"
        return ok("preemption", f"{text}; they {saved}. A longer epoch is begun anew.")
    return note("preemption", f"{text} and are queued again: at most an epoch is lost each time.")


def _accounting() -> Finding:
    try:
        ask("sacct", "--noheader", "--allocations", "--starttime=now", seconds=10)
    except Silent:
        return note("sacct", "It does not work here. Nothing needs it: runs keep their own records.")
    return ok("sacct", "It answers (nothing needs it).")
