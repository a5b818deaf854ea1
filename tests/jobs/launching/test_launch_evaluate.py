"""What `python -m jobs.launch evaluate` means: its runs, their ids, and what they need first."""

import dataclasses
import os

import pytest
from click.testing import Result
from support.diving_words import described, launched, requested, trainings_of
from support.refusals import assert_words_refused

import jobs.commands.launches.diving
from jobs.commands.launches.diving import evaluate
from jobs.launching.diving import evaluations
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48

pytestmark = pytest.mark.usefixtures("without_gpus")

CONVLSTM = ("--exp", "a", "--model", "convlstm")


def command(*words: str) -> Result:
    return launched("evaluate", *words)


def specs(*words: str) -> list[RunSpec]:
    """The evaluations that these words name, here."""
    return evaluations(*requested(evaluate, *words))


def begun(*words: str) -> RunSpec:
    """The one training that these words name, as if it had been started."""
    (spec,) = trainings_of(*words)
    RunFolder.of(spec).write_spec(spec)
    return spec


def test_five_domains_unless_some_are_named():
    document = described("evaluate", *CONVLSTM)
    places = ["random@O", "random@I-predicted", "random@S1-predicted", "random@S2-predicted", "random@T-predicted"]
    assert [run["id"] for run in document["runs"]] == [
        f"diving48/{place}/convlstm-4blocks/h128/seed42" for place in places
    ]
    domains = [f"diving48/domains/predicted/{name}-32x224" for name in ("I", "S1", "S2", "T")]
    assert document["missing_data"] == ["diving48/cache/test-32x224", *domains]


def test_each_training_has_runs_of_its_own():
    assert described("evaluate", "--exp", "all", "--on", "O,T")["to_launch"] == 12
    shared = described("evaluate", "--exp", "a,b,c", "--on", "O")
    assert shared["to_launch"] == 3, "trainings that are shared are evaluated once"


def test_other_masks_and_a_domain_of_the_user_s(empty_roots):
    marker = empty_roots / "data/diving48/domains/own/mine-32x224/index.json"
    marker.parent.mkdir(parents=True)
    marker.write_text("{}")
    document = described("evaluate", *CONVLSTM, "--on", "O,S1,mine", "--masks", "own", "--split", "source-video")
    assert os.listdir("data/diving48") == ["domains"]
    assert [run["id"].split("/")[1] for run in document["runs"]] == [
        "source-video@O",
        "source-video@S1-own",
        "source-video@mine-own",
    ]
    assert document["missing_data"][1:] == ["diving48/domains/own/S1-32x224"]


def test_it_follows_the_training_as_that_was_begun():
    """Its recipe is the training's own, on this machine's one processor, whatever that was trained on."""
    training = begun(*CONVLSTM, "--gpus", "4", "--keep-all", "--set", "frames=16", "--tag", "short")
    (evaluation,) = specs(*CONVLSTM, "--tag", "short", "--on", "O")
    assert evaluation.data == training.data
    assert evaluation.train == dataclasses.replace(training.train, ranks=1, accumulate=1)
    assert evaluation.training.id == training.id
    assert [cache.name for cache in evaluation.inputs] == ["diving48/cache/test-16x224"]


@pytest.mark.parametrize("words", [["--masks", "truth"], ["--set", "masks=truth"]])
def test_a_training_knows_no_masks_so_its_evaluation_may_have_any(words):
    begun(*CONVLSTM, "--tag", "mine")
    (evaluation,) = specs(*CONVLSTM, "--tag", "mine", "--on", "T", *words)
    assert evaluation.id == "diving48-mine/random@T-truth/convlstm-4blocks/h128/seed42"


def test_a_begun_evaluation_keeps_its_ranks(monkeypatch):
    begun(*CONVLSTM)
    (evaluation,) = specs(*CONVLSTM, "--on", "T")
    RunFolder.of(evaluation).write_spec(evaluation)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert specs(*CONVLSTM, "--on", "T", "--cluster", "local") == [evaluation]


def test_an_evaluation_given_before_its_training_began_is_the_one_given_after(monkeypatch):
    words = ("--on", "S1", "--set", "lr=0.1", "--set", "batch_size=4", "--tag", "early")
    (before,) = specs(*CONVLSTM, *words)
    RunFolder.of(before).write_spec(before)
    begun(*CONVLSTM, *words[2:])
    assert specs(*CONVLSTM, *words) == [before]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--exp", "q"], "--exp q: the experiments are a to h"),
        (["--exp", "g", "--model", "timesformer"], "the paper has none in experiment g"),
        (["--exp", "a", "--masks", "../x"], "'../x' is no folder's name"),
        (["--exp", "a", "--on", "../T"], "--on ../T: a domain is made of the test clips: O, I, S1, S2, T"),
        (["--exp", "a", "--on", "O,train"], "--on train: a domain is made of the test clips"),
        (["--exp", "a", "--json"], "--dry-run"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_exit_code_2(words, sentence):
    assert_words_refused(command, words, sentence)


def test_evaluations_wait_for_their_trainings(empty_roots):
    done = command(*CONVLSTM, "--on", "O", "--cluster", "local")
    assert done.exit_code == 2
    assert "Not finished: 1 training, such as diving48/random/convlstm-4blocks/h128/seed42" in done.stderr
    assert "--after afterok:JOB:JOB" in done.stderr
    assert not (empty_roots / "runs").exists()


def test_a_domain_that_nothing_makes_is_refused(empty_roots):
    done = command(*CONVLSTM, "--on", "S3", "--cluster", "local", "--dry-run")
    assert done.exit_code == 2
    assert "I, S1, S2, T, boxes, displaced, blur, union" in done.stderr


def test_the_domains_that_masks_make_are_segments_own():
    from segment.domains.pictures import DOMAINS

    assert set(diving48.MADE) == set(DOMAINS)


def test_nothing_is_moved_aside_while_trainings_are_missing(monkeypatch):
    """The command is refused as a whole: results of an earlier training stay where tables find them."""
    monkeypatch.setattr(jobs.commands.launches.diving, "renew", lambda *_: pytest.fail("moved aside"))
    done = command(*CONVLSTM, "--cluster", "local", "--on", "O")
    assert done.exit_code == 2
    assert "Not finished: 1 training" in done.stderr
