"""Say which further options of `sbatch` a profile may have, and which the launcher sets itself."""

from jobs.cluster.toml_file import refuse_unknown
from xdomain.core.errors import UserError

OPTIONS = (
    *("acctg-freq", "begin", "comment", "contiguous", "core-spec", "cpu-freq", "deadline", "delay-boot"),
    *("distribution", "exclusive", "extra-node-info", "gpu-bind", "gpu-freq", "gres-flags", "hint", "licenses"),
    *("mail-type", "mail-user", "mem-bind", "mincpus", "network", "nice", "nodelist", "power", "prefer", "priority"),
    *("profile", "reboot", "reservation", "spread-job", "switches", "thread-spec", "threads-per-core", "tmp"),
    *("tres-per-task", "use-min-nodes", "wckey"),
)
SET_OTHERWISE = {  # option → what says it
    **{name: f"{name} at the top of the profile" for name in ("partition", "account", "time", "qos", "constraint")},
    "exclude": "exclude at the top of the profile",
    "mem": "memory at the top of the profile",
    "gres": "gpu_type and gpus at the top of the profile",
    "gpus": "gpus at the top of the profile",
    "cpus-per-task": "cpus_per_gpu at the top of the profile",
    "array": "array_limit and throttle at the top of the profile",
    "signal": "signal_seconds at the top of the profile",
    "dependency": "--after",
}


def check_sbatch(options: dict[str, str | int | bool]) -> None:
    """Refuse options that are not sbatch's, that the launcher sets, or whose value cannot be one's.

    Raises:
        UserError: says which, and what to write instead.
    """
    for name in options:
        if name in SET_OTHERWISE:
            raise UserError(f"sbatch has {name}: say that with {SET_OTHERWISE[name]}.")
    refuse_unknown(options, OPTIONS, "sbatch", "It")
    for name, value in options.items():
        if value is False or value == "":
            raise UserError(f"sbatch has {name} without a value: leave an option away that is not wanted.")
