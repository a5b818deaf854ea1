"""The parts of a batch script that surround a task: its Python, what is set up before, what follows it.

The script runs on the node itself, where Slurm's commands are; the task may run inside an image, which lacks them.
"""

import os
import shlex
from pathlib import Path

from jobs.cluster.profile import Profile
from jobs.records.submission import FOLLOW_UP
from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256, write_json
from xdomain.core.roots import runs_root

REQUEUE_MARK = "requeue."  # + job id, in the logs folder: the task asks the node to start it again

# The script outlives SIGTERM, as srun and the task do for a while, so that what follows the task is still carried out.
# A mark from before means nothing to a job that starts; half a pickle from before would have submitit fail at its end.
# A user's or site's defaults of squeue would hide the job.
_BEGIN = """\
trap : TERM
xdomain_job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}}
xdomain_job=${xdomain_job:-$SLURM_JOB_ID}
xdomain_mark=%(logs)s/%(mark)s$xdomain_job
rm -f "$xdomain_mark" %(logs)s/"$xdomain_job"_*_result.pkl.save_tmp
unset ${!SQUEUE_*}
"""
# A marked job that Slurm still calls RUNNING was warned or preempted: once it has ended, Slurm will not start it again.
# One that left only after its time limit is requeued too. Any other was cancelled, or Slurm requeues it by itself.
# scontrol where requeueing is allowed; else the same script as a follow-up job, which finds its task under its own id.
# The mark goes last: while it is there and no job is in the queue, `jobs.status` says that the run is stranded.
_AGAIN = """\
rc=$?
xdomain_again() {
  state=$(squeue --noheader --states=all --jobs="$xdomain_job" --format='%%T %%r') && [ -n "$state" ] || return
  case $state in
    RUNNING*|"COMPLETING TimeLimit") ;;
    *) echo "Not started again from here: Slurm says $state."; return 0 ;;
  esac
  scontrol requeue "$xdomain_job" && return
  inherited=$(env | grep -oE '^(SLURM|SBATCH|SRUN|PMIX?|SUBMITIT)_[A-Za-z0-9_]*' | grep -vx SLURM_CONF)
  next=$(env $(printf -- '-u %%s ' $inherited) sbatch --parsable --dependency=afterany:$SLURM_JOB_ID \
    ${SLURM_ARRAY_TASK_ID:+--array=$SLURM_ARRAY_TASK_ID} %(logs)s/${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_submission.sh)
  next=${next%%%%;*}
  [ -n "$next" ] && cp %(logs)s/${xdomain_job}_submitted.pkl \
    %(logs)s/$next${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}_submitted.pkl &&
    cp %(logs)s/${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_submission.sh %(logs)s/${next}_submission.sh &&
    echo "$xdomain_job" > %(logs)s/%(follow_up)s$next${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID} &&
    echo "follow-up job $next"
}
for pause in %(pauses)s; do
  [ -e "$xdomain_mark" ] || break
  sleep $pause
  xdomain_again && rm -f "$xdomain_mark"
done
exit $rc"""
# NVIDIA's MPS lets processes compute on a GPU at the same time instead of in turns. Each job has a daemon of its own,
# with its pipes on the node; it sees what the job sees, and the task chooses among that as it always does.
MPS = """\
xdomain_end_mps() {
  [ -n "$xdomain_mps" ] || return 0
  echo quit | timeout 20 nvidia-cuda-mps-control >/dev/null 2>&1
  rm -rf "$xdomain_mps"
  xdomain_mps=
}
trap xdomain_end_mps EXIT
xdomain_mps=$(mktemp -d /tmp/xdomain-mps.XXXXXX)
export CUDA_MPS_PIPE_DIRECTORY=$xdomain_mps/pipe CUDA_MPS_LOG_DIRECTORY=$xdomain_mps/log
if mkdir "$CUDA_MPS_PIPE_DIRECTORY" "$CUDA_MPS_LOG_DIRECTORY" && env -u CUDA_VISIBLE_DEVICES nvidia-cuda-mps-control -d
then
  export APPTAINER_BIND=${APPTAINER_BIND:+$APPTAINER_BIND,}$xdomain_mps
else
  echo "MPS does not start on $(uname -n): the packed runs share their GPU in turns."
  unset CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
  rm -rf "$xdomain_mps"
  xdomain_mps=
fi"""
MPS_VARIABLES = ("CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY")  # by which a process finds the daemon
PAUSES = (0, 5, 10, 20, 40, *[60] * 10)  # seconds before each try: a controller that restarts is back in minutes


def setup(profile: Profile, logs: Path) -> list[str]:
    """Write lines before the task; of the profile's, the first that fails ends the job, with a non-zero exit code."""
    lines = [f"module load {shlex.quote(module)}" for module in profile.modules]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in profile.environment.items()]
    begin = _BEGIN % {"logs": shlex.quote(str(logs)), "mark": REQUEUE_MARK}
    mps = MPS.splitlines() if profile.mps and profile.pack > 1 else []
    return [*begin.splitlines(), "set -e", *lines, "set +e", *mps]


def teardown(logs: Path) -> list[str]:
    """Write lines after the task: start it again where it asked for that, and end with the task's own exit code."""
    pauses = " ".join(map(str, PAUSES))
    return [_AGAIN % {"logs": shlex.quote(str(logs)), "follow_up": FOLLOW_UP, "pauses": pauses}]


def python_command(profile: Profile, roots: list[Path]) -> str | None:
    """Name the command that starts Python for a task: in the profile's image, or None for this Python.

    Raises:
        UserError: the image or a bind does not exist, or a root's path has a meaning of its own to Apptainer.
    """
    if not profile.image:
        return None
    image = Path(profile.image)
    if not image.exists():
        raise UserError(f"There is no image {image}. Build it with `make sif`, or correct `image` in the profile.")
    for root in roots:
        if {",", ":"} & set(str(root)):
            raise UserError(f"{root} has a comma or colon, at which Apptainer divides its binds: choose another path.")
        root.mkdir(parents=True, exist_ok=True)
    binds: list[str] = []
    for bind in (*map(str, roots), *profile.binds):
        source = bind.partition(":")[0]
        if not os.path.exists(source):
            raise UserError(f"The bind {source} does not exist. Make that folder, or correct `binds` in the profile.")
        # Scratch is often a link: the image needs the place it points to, and the name that paths are written with.
        if os.path.realpath(source) != os.path.abspath(source) and ":" not in bind:
            binds.append(os.path.realpath(source))
        binds.append(bind)
    flags = [flag for bind in dict.fromkeys(binds) for flag in ("--bind", bind)]
    nv = ["--nv"] if profile.gpus else []
    return shlex.join(["apptainer", "exec", *nv, *flags, str(image.absolute()), "python"])


def image_digest(profile: Profile) -> str | None:
    """Compute the image file's SHA-256, remembered by size and time of change; None without one, or for a folder."""
    if not profile.image or not Path(profile.image).is_file():
        return None
    image = Path(profile.image).absolute()
    memory = runs_root() / ".image-digests.json"
    known = read_json(memory) if memory.exists() else {}
    stat = image.stat()
    key = f"{image} {stat.st_size} {stat.st_mtime_ns}"
    digest = known.get(key) or f"sha256:{sha256(image)}"
    if key not in known:
        write_json(memory, known | {key: digest})
    return digest
