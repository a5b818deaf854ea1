"""A webhook hears when a launch has ended; where it does not answer, nothing else suffers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

from jobs.cluster.profile import Profile
from jobs.monitor.notice import NoticeTask, require_webhook, send_notice, submit_notice
from jobs.records.manifest import write_manifest
from xdomain.core.errors import UserError
from xdomain.schema.launch import Manifest


@pytest.fixture
def manifest(tiny_roots) -> Manifest:
    """A finished run and a failed one."""
    runs = [tiny(seed=42), tiny(seed=61)]
    manifest = write_manifest(runs, None)
    start(runs[0])
    leave_result(runs[0])
    start(runs[1])
    end(runs[1], "failed", "RuntimeError: out of luck")
    return manifest


@pytest.fixture
def heard(monkeypatch):
    """What a web server is sent."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("XDOMAIN_WEBHOOK", f"http://127.0.0.1:{server.server_port}/secret")
    yield bodies
    server.shutdown()


def test_the_webhook_hears_how_many_runs_ended_in_which_way(manifest, heard):
    send_notice(manifest)
    (body,) = heard
    assert body["text"] == "ts-tiny: of 2 launched runs, 1 finished, 1 failed."
    assert body["counts"] == {"finished": 1, "failed": 1}


def test_a_job_sends_the_same(manifest, heard):
    NoticeTask(str(manifest.path))()
    assert len(heard) == 1


def test_without_a_webhook_nothing_is_sent_or_submitted(manifest, heard, monkeypatch, squeue):
    monkeypatch.delenv("XDOMAIN_WEBHOOK")
    send_notice(manifest)
    submit_notice(manifest, Profile(), ["12"])  # this sbatch refuses everything
    assert heard == []


def test_a_webhook_that_is_away_costs_a_sentence_without_its_address(manifest, monkeypatch, capsys):
    monkeypatch.setenv("XDOMAIN_WEBHOOK", "http://127.0.0.1:9/secret")
    send_notice(manifest)
    said = capsys.readouterr().err
    assert "The notice could not be sent to XDOMAIN_WEBHOOK (URLError)" in said
    assert "secret" not in said


def test_an_address_that_is_none_is_refused_at_launch(monkeypatch):
    monkeypatch.setenv("XDOMAIN_WEBHOOK", "file:///etc/passwd")
    with pytest.raises(UserError, match="begin with https://"):
        require_webhook()


def test_on_slurm_a_last_job_waits_for_the_others(squeue, manifest, monkeypatch, capsys):
    monkeypatch.setenv("XDOMAIN_WEBHOOK", "https://example.org/secret")
    squeue._program("sbatch", "echo Submitted batch job 77")
    submit_notice(manifest, Profile(gpus=4, memory="64G"), ["12", "15"])
    (script,) = manifest.path.parents[1].glob("*-notice/77_submission.sh")
    text = script.read_text()
    assert "#SBATCH --dependency=afterany:12:15" in text
    assert "#SBATCH --job-name=ts-tiny.notice" in text
    assert "#SBATCH --mem=1G" in text
    assert "--gres" not in text
    assert "secret" not in text
    assert "Job 77 tells XDOMAIN_WEBHOOK" in capsys.readouterr().out
