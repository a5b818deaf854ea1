"""A private Slurm cluster on this one host, for tests and for trying things by hand.

By hand, from the repository's top folder (Ctrl-C stops it and leaves nothing behind):

    cd tests && python -m cluster.slurm_host      # --nodes 3 --gpus 1 --cpus 2 ...

(`python -m tests.cluster.slurm_host` finds the `tests` package that mmsegmentation installs, if it is
installed and ours has no __init__.py.)

It prints the `export ...` lines to paste into a second shell; sinfo, sbatch, squeue and submitit there
talk to the private cluster. In Python:

    with SlurmHost(nodes=3) as host:
        print(host.run("sinfo"))
        subprocess.run(["sbatch", "job.sh"], env=host.env)

How it works: one munged, one slurmctld and one `slurmd -N nodeK` for every node, all with ports, sockets
and folders of their own below one temporary folder. Nothing of a Slurm that the host already has is read
or touched, and any number of SlurmHosts can run side by side.

What differs from a real cluster: there is no slurmdbd, so `sacct` fails (submitit warns and goes on);
node names do not resolve, so distributed training needs MASTER_ADDR=127.0.0.1 (set in `env`); memory and
CPU limits are accounted but not enforced; all nodes share one file system, temporary folder included.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .slurm_conf import ClusterShape, write_conf
from .slurm_install import ensure_slurm, search_path
from .slurm_processes import MARK, kill_all, processes_of

_START_ATTEMPTS = 3
# Variables by which an outer Slurm, or an outer job, would reach into ours.
_FOREIGN = ("SLURM", "SBATCH_", "SRUN_", "SALLOC_", "SQUEUE_", "SINFO_", "SCANCEL_", "PMI_", "PMIX_")


class SlurmHostError(RuntimeError):
    """The private cluster did not do what was asked; the message ends with what the logs say."""


class SlurmHost:
    """A context manager around one private cluster. Keywords are the fields of `ClusterShape`."""

    def __init__(self, **shape: int) -> None:
        self.shape = ClusterShape(**shape)
        self.names = [f"node{k}" for k in range(1, self.shape.nodes + 1)]
        self.folder: Path  # everything of this cluster; exists between start() and stop()
        self.env: dict[str, str]  # a whole environment for subprocess.run(..., env=host.env)
        self._daemons: dict[str, subprocess.Popen] = {}  # "munged", "slurmctld", "node1", ... -> process

    def __enter__(self) -> SlurmHost:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- life of the whole cluster ----------------------------------------------------------------------

    def start(self) -> None:
        """Start every daemon and return when every node is idle: a few seconds.

        A port that was free when it was chosen may be taken by the time its daemon listens: then on other ports.
        """
        ensure_slurm()
        for _ in range(_START_ATTEMPTS - 1):
            try:
                return self._start_once()
            except SlurmHostError as error:
                if "Address already in use" not in str(error):
                    raise
        return self._start_once()

    def _start_once(self) -> None:
        # Straight below the temporary folder: pytest's are too deep for a socket's 108 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)  # munged wants its socket reachable for every user, and so do their jobs
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        conf = write_conf(self.folder, self.shape)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        self.env = {**clean, "PATH": search_path(), "SLURM_CONF": str(conf), "MASTER_ADDR": "127.0.0.1"}
        try:
            self.start_munge()
            self.start_controller()
            for name in self.names:
                self._spawn(name, "slurmd", "-D", "-N", name)
            self._wait("every node to be idle", lambda: set(self.node_states().values()) == {"idle"})
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Kill the jobs' processes and the daemons that this object started, and remove the folder."""
        for name in list(self._daemons):  # first, so that nothing new starts and nothing is reported
            self._kill_daemon(name, signal.SIGKILL)
        kill_all(self.processes)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> set[int]:
        """Every live process of this cluster: daemons, job steps, and what the jobs started."""
        return processes_of(self.folder) | {process.pid for process in self._daemons.values()}

    # -- asking -----------------------------------------------------------------------------------------

    def run(self, *argv: str | Path, timeout: float = 60) -> str:
        """Run a command against this cluster and return its output, stripped; raise if it fails."""
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            command = " ".join(map(str, argv))
            raise SlurmHostError(f"`{command}` ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    def node_states(self) -> dict[str, str]:
        """Node name -> state as sinfo says it ("idle", "mixed", "down", ...); "*" means: does not answer."""
        lines = self.run("sinfo", "--noheader", "--Node", "--partition=main", "--format=%N %T").splitlines()
        return dict(line.split() for line in lines)

    def job(self, job_id: str | int) -> dict[str, str]:
        """`scontrol show job` as a dictionary: JobState, NodeList, Restarts, ... (of one array element)."""
        words = self.run("scontrol", "--oneliner", "show", "job", str(job_id)).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait_job(self, job_id: str | int, *states: str, timeout: float = 60) -> dict[str, str]:
        """Wait until the job is in one of `states` ("RUNNING", "COMPLETED", ...) and return `job()`."""
        self._wait(f"job {job_id} to be {states}", lambda: self.job(job_id)["JobState"] in states, timeout)
        return self.job(job_id)

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait until no job is pending, running or completing and every node is idle."""

        def idle() -> bool:
            return not self.run("squeue", "--noheader") and set(self.node_states().values()) == {"idle"}

        self._wait("the queue to be empty and every node idle", idle, timeout)

    # -- breaking things --------------------------------------------------------------------------------

    def kill_node(self, name: str, noticed: bool = True) -> None:
        """What a power cut does: slurmd, job steps and jobs of this node are gone without a word.

        `noticed` tells Slurm at once, as a site's health check would; otherwise Slurm finds out by itself
        after some 25 seconds (SlurmdTimeout). Either way it requeues the node's batch jobs (JobRequeue=1),
        which may start again six seconds later.
        """
        self._kill_daemon(name, signal.SIGKILL)
        kill_all(lambda: processes_of(self.folder, node=name))
        if noticed:
            self.run("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=killed")

    def start_node(self, name: str, timeout: float = 30) -> None:
        """Start the slurmd of a killed node and wait until Slurm gives it jobs again."""
        self._spawn(name, "slurmd", "-D", "-N", name)
        ready = ("idle", "mixed", "allocated", "completing")
        self._wait(f"{name} to be back", lambda: self.node_states()[name] in ready, timeout)

    def stop_controller(self) -> None:
        """The controller is away, as while it restarts: no command is answered, and jobs go on."""
        self._kill_daemon("slurmctld", signal.SIGTERM)

    def start_controller(self) -> None:
        """Start the controller, which reads what it last knew, and wait until it answers."""
        self._spawn("slurmctld", "slurmctld", "-D")
        self._wait("slurmctld to answer", self._controller_answers)

    def stop_munge(self) -> None:
        """Without munge every Slurm command fails to authenticate, as on a host whose munge has died."""
        self._kill_daemon("munged", signal.SIGTERM)

    def start_munge(self) -> None:
        """Start munged and wait until it answers."""
        folder = self.folder / "munge"
        key = folder / "key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_bytes(os.urandom(128))
        # --force: a temporary folder that others may write to is a warning here, not an error.
        options = [f"--{name}-file={folder / name}" for name in ("key", "pid", "log", "seed")]
        self._spawn("munged", "munged", "--foreground", "--force", f"--socket={folder / 'socket'}", *options)
        probe = ["munge", "--no-input", f"--socket={folder / 'socket'}"]
        self._wait("munged to answer", lambda: self._succeeds(*probe))

    # -- inside -----------------------------------------------------------------------------------------

    def _spawn(self, name: str, *argv: str) -> None:
        """Start a daemon in the foreground, as our child: its pid is known, and it dies when we die."""
        if name in self._daemons:
            raise SlurmHostError(f"{name} is already running")
        with (self.folder / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *argv],
                env={**self.env, MARK: f"{self.folder} {name}"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # a Ctrl-C meant for the tests is not meant for the daemons
            )

    def _kill_daemon(self, name: str, how: signal.Signals) -> None:
        daemon = self._daemons.pop(name, None)
        if daemon is None:
            return
        daemon.send_signal(how)
        try:
            daemon.wait(5)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait(5)

    def _succeeds(self, *argv: str) -> bool:
        return subprocess.run(argv, env=self.env, capture_output=True).returncode == 0

    def _controller_answers(self) -> bool:
        return self._succeeds("scontrol", "ping") and " UP" in self.run("scontrol", "ping")

    def _wait(self, what: str, condition: Callable[[], bool], timeout: float = 30) -> None:
        """Poll `condition`; a daemon that dies, or time that runs out, is an error with the logs' ends."""
        deadline = time.monotonic() + timeout
        while not condition():
            dead = [name for name, process in self._daemons.items() if process.poll() is not None]
            if dead:
                raise SlurmHostError(f"{dead} died while waiting for {what}\n{self._logs()}")
            if time.monotonic() > deadline:
                raise SlurmHostError(f"waited {timeout:.0f} s in vain for {what}\n{self._logs()}")
            time.sleep(0.1)

    def _logs(self) -> str:
        """The last lines of every log of this cluster, and its queue."""
        logs = sorted({*self.folder.glob("*.out"), *self.folder.glob("**/*log")})
        ends = {log.name: log.read_text(errors="replace").splitlines()[-8:] for log in logs}
        with contextlib.suppress(SlurmHostError, subprocess.TimeoutExpired):
            ends["squeue"] = self.run("squeue", timeout=5).splitlines()
        return "\n".join(f"{name}: {line}" for name, lines in ends.items() for line in lines)


def main() -> None:
    """Start a cluster, say how to use it from another shell, and keep it until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A private Slurm cluster on this host, until Ctrl-C.")
    for field in dataclasses.fields(ClusterShape):
        name = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=field.default)
        else:
            parser.add_argument(name, type=int, default=field.default)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # `kill` cleans up too
    with contextlib.suppress(KeyboardInterrupt), SlurmHost(**vars(parser.parse_args())) as host:
        for name in ("SLURM_CONF", "MASTER_ADDR"):
            print(f"export {name}={host.env[name]}")
        print(f"# {len(host.names)} nodes are idle; logs in {host.folder}; Ctrl-C stops it all", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
