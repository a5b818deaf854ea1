"""Say what a probe's report means for runs with this profile."""

from collections.abc import Iterator
from typing import Any

from jobs.cluster.profile import Profile
from jobs.diagnosis.finding import Finding, fail, note, ok, warn
from xdomain.core.shared_memory import PAPER_BATCH, fitting, need
from xdomain.runs.provenance import code_version

SKEW = 5.0  # seconds between two clocks that matter: the time limit is watched with the node's
SLOW = 5.0  # GB/s between GPUs: less than a PCIe slot carries
MOST_WORKERS = 8  # loading processes that a Diving48 run starts for each GPU, where it has the CPUs


def findings(report: dict[str, Any], times: dict[str, float], profile: Profile) -> Iterator[Finding]:
    """Evaluate everything that the report tells, in the order of a run's own steps."""
    yield from _software(report, profile)
    yield from _gpus(report, profile)
    yield _cpus(report, profile)
    yield _memory(report, profile)
    for folder, state in report["folders"].items():
        if state == "missing":
            advice = "Put it on a disk that the nodes share, or add it to binds."
            yield fail("folders", f"The node does not see {folder}.", advice)
        elif state == "read-only":
            yield note("folders", f"{folder} is read-only on the node.", "Fine for data; runs and results are written.")
    if set(report["folders"].values()) == {"writable"}:
        yield ok("folders", "The node sees and may write to data, runs, results and every bind.")
    yield _clock(report, times)
    yield _signal(report, profile)
    yield _allreduce(report, profile)
    yield _scratch(report)
    yield _shared_memory(report, profile)
    yield _internet(report["internet"])


def _software(report: dict[str, Any], profile: Profile) -> Iterator[Finding]:
    where = f"image on {report['host']}" if report["image"] else f"{report['executable']} on {report['host']}"
    torch = report["torch"]
    if "error" in torch:
        advice = "Build the image anew (`make sif`)." if report["image"] else "Install it: pip install -e '.[train]'"
        yield fail("torch", f"It does not load: {torch['error']}.", advice)
        yield ok("python", f"{report['python']} starts ({where}).")
    else:
        yield ok("python", f"{report['python']} with torch {torch['version']} starts ({where}).")
    here, there = code_version(), report["code_version"]
    # An image says the full commit, a checkout the beginning of it and a hash of its changes.
    if there == here or ("+" not in here and there.startswith(here) and not there.endswith("-dirty")):
        yield ok("code", f"The node runs the same code as here, {here}.")
    else:
        advice = "Build the image anew (`make sif`), or bind this checkout over its code." if report["image"] else ""
        if any(bind.endswith(":/opt/xdomain") for bind in profile.binds):
            advice = "This checkout is bound over it: export APPTAINERENV_XDOMAIN_CODE_VERSION, as apptainer.def says."
        yield warn("code", f"The node runs {there}, this is {here}.", advice)


def _gpus(report: dict[str, Any], profile: Profile) -> Iterator[Finding]:
    driver, torch = report["driver"], report["torch"]
    if not profile.gpus:
        yield note("gpus", "The profile asks for none; runs use CPUs.")
        return
    if driver is None or "error" in driver:
        why = driver["error"] if driver else "there is no nvidia-smi"
        yield warn("driver", f"The node's NVIDIA driver does not answer: {why}.", "Is this a GPU node (partition)?")
    else:
        yield ok("driver", f"{driver['version']}; {' and '.join(sorted(set(driver['gpus'])))}.")
    if "error" in torch:
        return
    seen = torch["gpus"]
    if torch["gpu_error"]:
        advice = f"The GPU or its driver does not suit torch {torch['version']} (CUDA {torch['cuda']})."
        yield fail("gpus", f"torch cannot compute on the GPU: {torch['gpu_error']}.", advice)
    elif len(seen) < profile.gpus:
        advice = "This torch is built for CPUs only: install one with CUDA." if not torch["cuda"] else ""
        advice = advice or "Is the driver too old, or does the partition have no GPUs?"
        yield fail("gpus", f"torch sees {len(seen)} of {profile.gpus} GPUs.", advice)
    else:
        yield ok("gpus", f"torch computes on {len(seen)}: {', '.join(sorted(set(seen)))}.")


def _cpus(report: dict[str, Any], profile: Profile) -> Finding:
    seen, asked = report["cpus"], profile.cpus
    if seen < asked:
        text = f"The task may use {seen} of the {asked} CPUs asked for: data loading will be slow."
        return fail("cpus", text, "Ask the support how srun gets more than one CPU a task on this cluster.")
    if seen > asked:
        return note("cpus", f"The task asked for {asked} and sees {seen}: Slurm does not hold it to its share.")
    return ok("cpus", f"{seen}, as asked for.")


def _memory(report: dict[str, Any], profile: Profile) -> Finding:
    limit = report["memory_mb"]
    if limit is None:
        return note("memory", f"Nothing holds the job to its {profile.memory}: a neighbour may use it up.")
    if limit < 0.9 * profile.megabytes:
        return fail(
            "memory", f"The limit is {limit:,.0f} MB, though {profile.memory} were asked for.", "Ask the support."
        )
    return ok("memory", f"The limit is {limit / 1024:,.1f} GB.")


def _clock(report: dict[str, Any], times: dict[str, float]) -> Finding:
    # The report was written before it was seen, and the job began after it was submitted.
    least = report["ready_clock"] - times["seen"]
    most = report["ready_clock"] - times["submitted"]
    if report["signal_clock"] and "signalled" in times:
        most = min(most, report["signal_clock"] - times["signalled"])
    skew = least if least > 0 else most if most < 0 else 0.0
    if abs(skew) > SKEW:
        text = f"The node's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's."
        return warn("clock", text, "Tell the support; time limits and claims rely on it.")
    return ok("clock", "The node's clock agrees with this machine's.")


def _signal(report: dict[str, Any], profile: Profile) -> Finding:
    if report["signal_clock"]:
        return ok("signal", f"USR2 reaches the task: runs save {profile.signal_seconds} s before the time limit.")
    advice = "They still resume from their last epoch; choose a time limit that is a multiple of theirs."
    return warn("signal", "USR2 did not reach the task: runs are not warned before the time limit.", advice)


def _allreduce(report: dict[str, Any], profile: Profile) -> Finding:
    exchanged = report["allreduce"]
    if exchanged is None:
        return note("all-reduce", f"Not tried: it needs torch{' and every GPU' if profile.gpus else ''}.")
    who = f"{exchanged['ranks']} rank{'s' * (exchanged['ranks'] > 1)} over {exchanged['backend']}"
    if "gigabytes_per_second" not in exchanged:
        why = exchanged.get("error", "no result")
        if exchanged["backend"] == "nccl":
            advice = 'Set NCCL_DEBUG = "INFO" in [environment] and try again; NCCL_SOCKET_IFNAME = "lo" helps at times.'
        else:
            advice = 'GLOO_SOCKET_IFNAME = "lo" in [environment] helps where a node does not know its own name.'
        return fail("all-reduce", f"{who} failed: {why}.", advice)
    speed = exchanged["gigabytes_per_second"]
    if exchanged["ranks"] == 1:
        return ok("all-reduce", f"One rank starts {exchanged['backend']}; there is nobody to exchange with.")
    text = f"{who}: {speed:.3g} GB/s."
    if exchanged["backend"] == "nccl" and speed < SLOW:
        return warn("all-reduce", text, 'That is slow: NCCL_DEBUG = "INFO" shows which path it takes.')
    return ok("all-reduce", text)


def _scratch(report: dict[str, Any]) -> Finding:
    places = report["scratch"]
    shown = ", ".join(f"{name} {place['free'] / 1e9:,.0f} GB ({place['system']})" for name, place in places.items())
    return note("scratch", f"Free on the node: {shown}.")


def _shared_memory(report: dict[str, Any], profile: Profile) -> Finding:
    """Check that loading processes can hand their batches over in /dev/shm."""
    free = report["scratch"].get("/dev/shm", {"free": 0})["free"]
    ranks, wanted = max(1, profile.gpus), max(1, min(MOST_WORKERS, profile.cpus_per_gpu - 1))
    wants, workers = need(wanted, PAPER_BATCH, ranks), fitting(wanted, PAPER_BATCH, ranks, free)
    text = f"/dev/shm has {free / 1e6:,.0f} MB free; the loading processes of a Diving48 run hold {wants / 1e6:,.0f} MB"
    if workers < wanted:
        advice = "Let the image's or container's /dev/shm be larger (--shm-size, --ipc=host)."
        said = f"{text}: it would start {workers} of {wanted} a GPU, and wait for its clips."
        return warn("shared memory", said, advice)
    return ok("shared memory", f"{text}.")


def _internet(answer: dict[str, Any]) -> Finding:
    host = f"the proxy {answer['host']}" if answer["proxy"] else answer["host"]
    if answer["error"] is None:
        return note("internet", f"The node reaches {host}.")
    return note("internet", f"The node does not reach {host} ({answer['error']}).", "Fine: nothing here needs it.")
