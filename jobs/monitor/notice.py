"""Tell a webhook when a launch has ended: the address is in XDOMAIN_WEBHOOK, since whoever knows it can write there."""

import dataclasses
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.backends import slurm
from jobs.backends.names import step_comment, step_name
from jobs.cluster.batch import python_command
from jobs.cluster.profile import Profile
from jobs.monitor.slurm_queue import expire
from jobs.records.manifest import root_variables, stamp
from jobs.records.submission import job_record, write_submission
from jobs.state.state import STATES, state_of
from xdomain.core.errors import UserError
from xdomain.core.output import say

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

WEBHOOK = "XDOMAIN_WEBHOOK"
NOTICE = "notice"  # the step of its job
PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class NoticeTask:
    """Send the notice from a job that waits for a launch's jobs."""

    manifest: str

    def __call__(self) -> None:
        """Send it; what cannot be sent stands in the log."""
        from xdomain.schema.launch import Manifest

        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        send_notice(manifest)


def send_notice(manifest: "Manifest") -> None:
    """Send how a launch's runs stand to the webhook, if there is one; a sentence on stderr if that fails."""
    import urllib.request  # with all of TLS, which a launch without a webhook does without

    address = os.environ.get(WEBHOOK)
    if not address:
        return
    counts = Counter(state_of(spec).state for spec in manifest.runs)
    listed = ", ".join(f"{counts[name]} {name}" for name in STATES if counts[name])
    study = manifest.runs[0].study_key
    text = f"{study}: of {len(manifest.runs)} launched runs, {listed}."
    body = json.dumps({"text": text, "study": study, "launch": manifest.stamp, "counts": counts}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):
            pass
    except (OSError, ValueError) as error:  # the address stays out of logs
        print(f"The notice could not be sent to {WEBHOOK} ({type(error).__name__}): {text}", file=sys.stderr)


def require_webhook() -> None:
    """Refuse an address that is none, before anything is launched.

    Raises:
        UserError: it does not begin with https:// or http://.
    """
    address = os.environ.get(WEBHOOK)
    if address and not address.startswith(("https://", "http://")):
        raise UserError(f"{WEBHOOK} holds no address: it has to begin with https://, as the service shows it.")


def submit_notice(manifest: "Manifest", profile: Profile, jobs: list[str]) -> None:
    """Submit a job that sends the notice once the given jobs have ended, if there is a webhook.

    Raises:
        UserError: Slurm refused.
    """
    if not os.environ.get(WEBHOOK):
        return
    study = manifest.runs[0].study_key
    folder = manifest.path.parents[1] / f"{stamp()}-{NOTICE}"
    small = dataclasses.replace(profile.single, time="00:10:00", signal_seconds=60, memory="1G")
    python = python_command(profile, [Path(manifest.environment[root]) for root in root_variables()])
    with slurm.scrubbed_environment():
        after = f"afterany:{':'.join(jobs)}"
        name, comment = step_name(study, NOTICE), step_comment(study, f"tells {WEBHOOK} how it went")
        executor = slurm.executor(folder, name, small, python, None, after, comment=comment)
        job = slurm.submit_tasks(executor, [NoticeTask(str(manifest.path))])
        write_submission(folder, [job_record(job, name, NOTICE, [[]])], last=[job])
    expire()
    say(f"Job {job} tells {WEBHOOK} when they have ended.")
