"""The doctor's one job: submitted as real runs are, followed until its report is there or Slurm says why not."""

import contextlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jobs.backends import slurm
from jobs.backends.slurm_command import ENDED
from jobs.cluster.batch import python_command
from jobs.cluster.profile import Profile
from jobs.diagnosis.finding import Finding, fail
from jobs.diagnosis.probe import DONE, READY, ProbeTask
from jobs.diagnosis.scheduler import Silent, ask
from jobs.diagnosis.storage import roots
from xdomain.core.errors import UserError
from xdomain.core.files import read_json

FOLDER = ".doctor"  # below the runs root: a folder for every probe
LIMIT = 10  # minutes of the probe; short, so that it slips in between long jobs
EXCHANGE = 10.0  # seconds of all-reduce
PATIENCE = 60.0  # seconds the probe waits for the signal
RUNNING = 400.0  # seconds it may take from its start to its report
SETTLE = 15.0  # seconds until what a node wrote is seen here, on a shared file system
ASK_EVERY = 3.0  # seconds between two questions to the scheduler

# Slurm's reason for a job that waits -> what it means, and whether waiting is in vain.
REASONS = (
    (r"None|", "Slurm has not looked at it yet.", False),
    (r"Resources|Priority", "All fitting nodes are busy, and the profile is fine: try a longer --timeout.", False),
    (r"BeginTime|Licenses|Reservation|Cleaning", "It would start by itself: try a longer --timeout.", False),
    (r".*TimeLimit.*", "The partition (or your account) admits only shorter jobs: lower time.", True),
    (r"PartitionDown|PartitionInactive", "The partition is closed at present: take another one.", True),
    (
        r"PartitionNodeLimit|PartitionConfig",
        "The partition does not admit such a job: lower gpus, or take another.",
        True,
    ),
    (
        r"Invalid(Account|QOS)|(Account|QOS)NotAllowed|.*account not.*",
        "Correct account or qos: you need another.",
        True,
    ),
    (r"BadConstraints", "No node has what the profile asks for: correct gpu_type, gpus, memory or constraint.", True),
    (
        r"ReqNodeNotAvail.*|Nodes_?.*(DOWN|DRAINED).*",
        "The fitting nodes are down or reserved: `sinfo -R` says why.",
        False,
    ),
    (
        r"(Assoc|QOS)(Max.*Per(Job|Node)(Limit)?|Min.*)",
        "Your account or qos limits each job: correct time, gpus, cpus_per_gpu or memory, or take another qos.",
        True,
    ),
    (
        r"(Assoc|QOS).*(Grp|Max).*|Max.*PerAccount",
        "Your account's share is used up; it starts when your jobs end.",
        False,
    ),
    (r"JobHeld.*", "It is held: the administrators keep your jobs back. Ask them.", True),
    (r".*launch_failed.*|.*launch failed.*", "A node failed to start it: tell the support, naming the node.", True),
)
# What a log says that ended before any report -> what to do. The first that fits.
ENDINGS = (
    (r"module: (command )?not found|Unable to locate a modulefile|module.*unknown", "Correct modules in the profile."),
    (
        r"apptainer: (command )?(not found|No such file)",
        'The node has no apptainer: perhaps modules = ["apptainer"] brings it.',
    ),
    (r"(?i)mount.*(no such|doesn't exist|not found)", "A bind is missing on the node: correct binds in the profile."),
    (r"FATAL", "The image does not start: try `apptainer exec IMAGE python -V`, else build it anew with `make sif`."),
    (
        r"No module named '(jobs|xdomain)",
        "The image holds an older version of this code: build it anew with `make sif`.",
    ),
    (r"No module named", "The image or Python lacks this package: build it anew with `make sif`, or pip install it."),
    (
        r"No such file or directory|not found",
        "The nodes do not see this Python: put it on a shared disk, or use an image.",
    ),
    (r"(?i)no space left|quota exceeded|file too large", "The disk or your quota is full: free some space."),
    (r"(?i)out of memory|oom", "Raise memory in the profile."),
)


class Probe:
    """One probe job, from its submission to its report."""

    def __init__(
        self, profile: Profile, longest: float, timeout: float, reach: str | None, say: Callable[[str], None]
    ) -> None:
        """Args: longest: minutes that the partition admits; timeout: seconds to wait for the start."""
        self.profile, self.timeout, self.say = profile, timeout, say
        self.folder = roots()["XDOMAIN_RUNS"] / FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}"
        self.report: dict[str, Any] | None = None  # the complete one
        self.times: dict[str, float] = {}  # of this machine's clock: submitted, seen, signalled
        self._job = ""
        self._minutes = int(max(1, min(LIMIT, longest, profile.minutes)))
        self._reach = reach

    def findings(self) -> Iterator[Finding]:
        """Submit, wait, and cancel what is left; yields only what kept the report from coming."""
        try:
            self._submit()
        except UserError as error:
            yield fail("submission", str(error))
            return
        try:
            yield from self._follow()
        finally:
            if self.report is None:
                self._cancel()

    def _submit(self) -> None:
        outside = list(roots().values())
        inside = [":".join(bind.split(":")[1:2]) or bind for bind in self.profile.binds]
        task = ProbeTask(
            report=str(self.folder / "report.json"),
            folders=(*map(str, outside), *inside),
            gpus=self.profile.gpus,
            reach=self._reach,
            patience=PATIENCE,
            exchange=EXCHANGE,
        )
        python = python_command(self.profile, outside)
        name = f"doctor.{self.folder.name}.probe"
        executor = slurm.executor(self.folder, name, self.profile, python, self.profile.gres, dependency=None)
        # One process that asks for what all ranks of a run ask for together.
        cpus = self.profile.cpus
        executor.update_parameters(
            time=self._minutes,
            signal_delay_s=30,
            cpus_per_task=cpus,
            srun_args=[f"--cpus-per-task={cpus}", "--kill-on-bad-exit=1"],
        )
        self.times["submitted"] = time.time()
        self._job = slurm.submit_tasks(executor, [task])

    def _follow(self) -> Iterator[Finding]:
        begun, started, asked = time.monotonic(), None, -ASK_EVERY
        state, reason = "PENDING", ""
        while True:
            report = self._read()
            if self.report:
                return
            if report and report["phase"] == READY and "signalled" not in self.times:
                self._cancel("--signal=USR2")
                self.times["signalled"] = time.time()
            now = time.monotonic()
            if now - asked >= ASK_EVERY:
                asked = now
                state, reason = self._state(state, reason)
            if state == "PENDING":
                meaning, in_vain = explain(reason)
                self.say(f"Job {self._job} waits ({reason or 'new'}), {now - begun:.0f} s")
                if in_vain or now - begun > self.timeout:
                    waited = "It was cancelled." if in_vain else f"It was cancelled after {now - begun:.0f} s."
                    yield fail(
                        "start",
                        f"The probe never started; Slurm's reason is {reason or 'None'}.",
                        f"{meaning} {waited}",
                    )
                    return
            elif state == "GONE":
                yield from self._ended()
                return
            else:
                started = started or now
                at = "looks around" if not report else "exchanges data between its ranks"
                self.say(f"Job {self._job} runs on the node and {at}, {now - started:.0f} s")
                if now - started > RUNNING:
                    yield fail("probe", f"It hangs on the node; cancelled. {self._last_words()}", f"Log: {self._log}")
                    return
            time.sleep(0.3)

    def _cancel(self, *options: str) -> None:
        """Cancel the job or send it a signal; what is kept from both ends by its own time limit."""
        with contextlib.suppress(Silent):
            ask("scancel", *options, self._job)

    def _read(self) -> dict[str, Any] | None:
        """Read what the node has reported so far, and keep it once it is complete."""
        # Listing the folder makes a network file system look again whether the file is there.
        if "report.json" not in os.listdir(self.folder):
            return None
        report = read_json(self.folder / "report.json")
        self.times.setdefault("seen", time.time())
        if report["phase"] == DONE:
            self.report = report
        return report

    def _state(self, state: str, reason: str) -> tuple[str, str]:
        try:
            answer = ask("squeue", "--noheader", "--jobs", self._job, "--format=%T|%r").strip()
        except Silent as silence:
            # An id that is forgotten already; whatever else keeps Slurm silent passes, or the time limit ends it.
            return ("GONE", "") if "Invalid job id" in str(silence) else (state, reason)
        state, _, reason = answer.partition("|")
        return ("GONE", "") if state in ("", "COMPLETING", *ENDED) else (state, reason)

    def _ended(self) -> Iterator[Finding]:
        """Conclude that the job left the queue without a complete report, unless that is only late."""
        deadline = time.monotonic() + SETTLE
        while self._read() or not self._log.exists():
            if self.report:
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if not self._log.exists():
            text = f"The probe ended and wrote nothing: the node does not see {self.folder}, or may not write there."
            yield fail("probe", text, "Point XDOMAIN_RUNS to a disk that all nodes share.")
            return
        words = self._last_words()
        advice = next((advice for pattern, advice in ENDINGS if re.search(pattern, words)), "")
        yield fail(
            "probe",
            f"It ended on the node without a report: {words.rstrip('.')}.",
            f"{advice} Log: {self._log}".strip(),
        )

    @property
    def _log(self) -> Path:
        return self.folder / f"{self._job}_0_log.out"

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        lines = [line.strip() for line in lines if line.strip() and not line.startswith("srun: ")]
        telling = [line for line in lines if re.search(r"FATAL|[Ee]rror|not found|No such file|cannot", line)]
        return (telling or lines or ["its log is empty"])[-1][:300]


def explain(reason: str) -> tuple[str, bool]:
    """Explain Slurm's reason for a waiting job, and whether waiting for it is in vain."""
    for pattern, meaning, in_vain in REASONS:
        if re.fullmatch(pattern, reason):
            return meaning, in_vain
    return "The Slurm manual explains it under JOB REASON CODES.", False
