"""Writes the slurm.conf and gres.conf of a private one-host Slurm: short timeouts, paths of its own."""

from __future__ import annotations

import getpass
import random
import socket
from dataclasses import dataclass
from pathlib import Path

# Daemons listen below the kernel's ephemeral ports (where srun listens) and above those that Lightning
# derives from a job id (15000 to 24999), so that a daemon and a training run never meet.
_PORTS = range(25_000, 32_000)
# Tests seed the global generator, and two test processes with one seed would choose the same ports.
_chance = random.SystemRandom()
# Files that exist everywhere and do no harm: Slurm insists that every GPU is a device file of its own.
GPU_FILES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


@dataclass(frozen=True)
class ClusterShape:
    """What the private cluster looks like to its jobs."""

    nodes: int = 3
    cpus: int = 2  # per node, whatever the host has
    gpus: int = 1  # per node; each is a harmless device file
    memory_mb: int = 5000  # per node; jobs are not held to it
    max_array_size: int = 1001  # Slurm's default; the highest array *index* is one less
    min_job_age_s: int = 30  # how long scontrol and squeue know a job that has ended (Slurm's default: 300)
    grace_time_s: int = 3  # between telling a preempted job and killing it
    kill_wait_s: int = 2  # between SIGTERM and SIGKILL, where a job is ended for good (Slurm's default: 30)
    preempt_user_signal: bool = False  # preemption sends the signal of `sbatch --signal`, not SIGTERM

    def __post_init__(self) -> None:
        if not 0 <= self.gpus <= len(GPU_FILES):
            raise ValueError(f"gpus is {self.gpus}, but a node here can have 0 to {len(GPU_FILES)}")


_SLURM_CONF = """\
ClusterName=xdomain
SlurmctldHost={hostname}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# cred_expire is also how long a requeued job waits before it may start again; 5 is the least, 120 usual.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
# Without %n the nodes steal each other's state and go down one by one.
SlurmdSpoolDir={folder}/spool/%n
SlurmdPidFile={folder}/spool/%n.pid
SlurmdLogFile={folder}/spool/%n.log
SlurmctldDebug=verbose
SlurmdDebug=verbose
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU={mem_per_cpu}
# The nodes are what this file says, however small the host is.
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
# Ports and names derived from a job id differ between two clusters on one host.
FirstJobId={first_job_id}
MaxArraySize={max_array_size}
MinJobAge={min_job_age_s}
SlurmdTimeout=6
TCPTimeout=1
MessageTimeout=10
SlurmctldTimeout=10
KillWait={kill_wait_s}
InactiveLimit=0
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{preempt_parameters}
GresTypes=gpu
NodeName=node[1-{nodes}] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[{slurmd_ports}] \
CPUs={cpus} RealMemory={memory_mb} {gres} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1 PreemptMode=OFF
# A job in `high` throws jobs of `low` off their nodes, GraceTime seconds after it tells them.
PartitionName=low Nodes=ALL MaxTime=INFINITE PriorityTier=1 PreemptMode=REQUEUE GraceTime={grace_time_s}
PartitionName=high Nodes=ALL MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF
"""


def write_conf(folder: Path, shape: ClusterShape) -> Path:
    """Write slurm.conf and gres.conf into `folder`, on ports that are free now; return slurm.conf's path."""
    ctld_port, *slurmd_ports = _free_ports(1 + shape.nodes)
    text = _SLURM_CONF.format(
        hostname=socket.gethostname(),
        user=getpass.getuser(),
        folder=folder,
        ctld_port=ctld_port,
        slurmd_ports=",".join(map(str, slurmd_ports)),
        first_job_id=_chance.randrange(1, 60) * 1000 + 1,
        mem_per_cpu=shape.memory_mb // shape.cpus,
        preempt_parameters="SlurmctldParameters=preempt_send_user_signal" * shape.preempt_user_signal,
        gres=f"Gres=gpu:{shape.gpus}" if shape.gpus else "",
        **{key: value for key, value in vars(shape).items() if key not in ("gpus", "preempt_user_signal")},
    )
    conf = folder / "slurm.conf"
    conf.write_text(text)
    lines = [f"NodeName=node[1-{shape.nodes}] Name=gpu File={file}" for file in GPU_FILES[: shape.gpus]]
    (folder / "gres.conf").write_text("AutoDetect=off\n" + "".join(f"{line}\n" for line in lines))
    return conf


def _free_ports(count: int) -> list[int]:
    """Random ports that nobody listens on; all are held until the last is found, so none comes twice."""
    with_sockets: list[tuple[socket.socket, int]] = []
    candidates = _chance.sample(_PORTS, len(_PORTS))
    while len(with_sockets) < count and candidates:
        listener = socket.socket()
        try:
            listener.bind(("", candidates[-1]))
        except OSError:
            listener.close()
        else:
            with_sockets.append((listener, candidates[-1]))
        candidates.pop()
    for listener, _ in with_sockets:
        listener.close()
    if len(with_sockets) < count:
        raise RuntimeError(f"no {count} free ports between {_PORTS.start} and {_PORTS.stop} on this host")
    return [port for _, port in with_sockets]
