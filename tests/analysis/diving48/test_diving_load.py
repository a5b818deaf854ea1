"""What load_diving takes in, what it counts, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.made_diving import (
    KEPT,
    clips,
    right_answers,
    training,
    write_answers,
    write_evaluation,
    write_result,
    write_study,
    write_training,
)

from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import Setting
from analysis.diving48.study import Diving48
from analysis.runs.checkpoint_predictions import read_answers
from analysis.runs.notes import completeness
from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import ModelSpec

CNN, LSTM = "3dcnn-4blocks", "convlstm-4blocks"
PAPER = Setting("random", "predicted", "")


def test_answers_by_checkpoint_and_domain() -> None:
    write_study((CNN,))
    study = load_diving("diving48-demo")
    spec = training(CNN)
    assert study.checkpoints == {spec.id: KEPT}
    answers = study.answers(spec.id, "S1", PAPER)
    assert answers.epochs == tuple(KEPT)
    assert answers.clips.tolist() == sorted(answers.clips)
    assert [clip.rpartition("_")[0] for clip in answers.clips] == answers.videos.tolist()
    assert answers.correct.sum(axis=1).tolist() == [round(240 * 0.4 * level) for level in KEPT.values()]
    assert study.answers(spec.id, "blur", PAPER) is None
    assert completeness(study.runs) == "6 of 6 runs finished"
    assert study.settings() == [PAPER]
    assert study.problems == ()


def test_rank_counts_the_scores_above_the_label(tmp_path) -> None:
    names, videos, labels = clips("t", 48)
    right = np.arange(48) < 30
    write_answers(tmp_path / "O.parquet", names, videos, labels, {5: right})
    answers, _ = read_answers(tmp_path / "O.parquet", {5: 30 / 48})
    assert (answers.rank[0] == 0).tolist() == right[np.argsort(names)].tolist()
    assert (
        answers.predicted[0, ~answers.correct[0]].tolist() == ((answers.labels[~answers.correct[0]] + 1) % 48).tolist()
    )
    assert answers.rank.max() > 5


def test_two_mask_sets_and_another_split_are_settings_of_their_own() -> None:
    spec = training(CNN)
    write_training(spec)
    write_evaluation(spec, "S1", 0.4)
    write_evaluation(replace(spec, data=replace(spec.data, masks="truth")), "S1", 0.5)
    write_training(training(CNN, "source-video"))
    study = load_diving("diving48-demo")
    assert [(s.split, s.masks, s.suffix) for s in study.settings()] == [
        ("random", "predicted", "-predicted"),
        ("random", "truth", "-truth"),
        ("source-video", "predicted", "-source-video-predicted"),
        ("source-video", "truth", "-source-video-truth"),
    ]
    accuracy = {s.masks: study.answers(spec.id, "S1", s).correct[0].sum() for s in study.settings()[:2]}
    assert accuracy == {"predicted": round(240 * 0.4 * 0.3), "truth": round(240 * 0.5 * 0.3)}


def test_the_paper_study_expects_six_trainings_with_five_evaluations() -> None:
    write_study((CNN,), variant="")
    assert completeness(Diving48().load("diving48").runs) == "6 of 36 runs finished, 30 missing"


def test_the_paper_study_leaves_out_another_width() -> None:
    write_study((CNN,), variant="")
    narrow = training(CNN, variant="")
    write_training(replace(narrow, model=ModelSpec(CNN, 16)))
    assert Diving48().load("diving48").problems == (
        "Left out, because the paper's grid does not have them: diving48/random/3dcnn-4blocks/h16/seed42.",
    )


def test_a_variant_with_two_widths_is_refused() -> None:
    write_training(training(CNN))
    write_training(replace(training(CNN), model=ModelSpec(CNN, 16)))
    with pytest.raises(UserError, match="3dcnn-4blocks with h16 and h128 units"):
        load_diving("diving48-demo")


def test_no_runs_says_how_to_make_some() -> None:
    with pytest.raises(UserError, match=r"python -m jobs\.launch diving --exp all"):
        Diving48().load("diving48")


def test_a_truncated_file_is_named() -> None:
    file = write_training(training(CNN)).predictions_file("validation")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"validation.parquet is cut short or damaged"):
        load_diving("diving48-demo")


def test_a_missing_file_is_named() -> None:
    write_training(training(CNN))
    write_evaluation(training(CNN), "T", 0.3).predictions_file("T").unlink()
    with pytest.raises(UserError, match=r"T.parquet is missing. Remove .*result.json and launch the run again"):
        load_diving("diving48-demo")


def test_an_older_result_is_refused() -> None:
    write_training(training(CNN), checkpoints={})
    with pytest.raises(UserError, match="names no checkpoints with their accuracies: another version wrote it"):
        load_diving("diving48-demo")


def test_a_result_of_another_run_is_refused() -> None:
    write_training(training(CNN), id="diving48-demo/random/3dcnn-4blocks/h128/seed1")
    with pytest.raises(UserError, match=r"result.json is of the run diving48-demo/.*seed1. Move it"):
        load_diving("diving48-demo")


def test_an_evaluation_of_an_earlier_training_is_refused() -> None:
    write_training(training(CNN), {3: 0.3})
    write_evaluation(training(CNN), "S1", 0.4, {3: 0.3, 8: 0.5})
    with pytest.raises(UserError, match=r"evaluates epoch 8, which .* did not keep: it is of an earlier training"):
        load_diving("diving48-demo")


def test_an_evaluation_of_a_training_that_was_repeated_is_refused() -> None:
    spec = training(CNN)
    write_training(spec)
    folder = write_evaluation(spec, "S1", 0.4)
    write_evaluated_training(folder, RunFolder.of(spec))
    assert completeness(load_diving("diving48-demo").runs) == "2 of 2 runs finished"
    write_training(spec, parameters=4321)
    with pytest.raises(UserError, match=r"evaluates an earlier training of diving48-demo/random/3dcnn-4blocks"):
        load_diving("diving48-demo")


def write_evaluated_training(evaluation: RunFolder, trained: RunFolder) -> None:
    """Note in an evaluation's result which training's result it is of."""
    result = json.loads(evaluation.result_file.read_text())
    result["training"] = {"result_sha256": sha256(trained.result_file)}
    evaluation.result_file.write_text(json.dumps(result))


def test_the_paper_study_may_be_trained_on_fewer_gpus_and_evaluated_on_one() -> None:
    paper = training(CNN, variant="")
    fewer = replace(paper, train=replace(paper.train, ranks=2, accumulate=4, keep_all=True))
    write_training(fewer)
    write_evaluation(replace(fewer, train=replace(fewer.train, ranks=1, accumulate=1)), "O", 0.9)
    assert completeness(Diving48().load("diving48").runs) == "2 of 36 runs finished, 34 missing"


def test_another_recipe_under_a_paper_id_is_refused() -> None:
    paper = training(CNN, variant="")
    write_training(replace(paper, train=replace(paper.train, lr=0.1)))
    with pytest.raises(UserError, match=r"train.lr is 0.1 there and 0.001 here"):
        Diving48().load("diving48")


def test_an_evaluation_without_its_training_is_refused() -> None:
    write_evaluation(training(CNN), "S1", 0.4)
    with pytest.raises(UserError, match=r"evaluates the training diving48-demo/random/.*, which has no result"):
        load_diving("diving48-demo")


def test_other_clips_for_one_model_are_a_problem() -> None:
    for model, count in ((CNN, 240), (LSTM, 200)):
        write_training(training(model))
        write_evaluation(training(model), "S1", 0.4, test_clips=count)
    assert load_diving("diving48-demo").problems == (
        "The runs were evaluated on 2 different sets of clips of S1: paired comparisons between them are left out.",
    )


ROWS = {"names": ["a_1", "b_1"], "videos": ["a", "b"], "labels": [0, 1]}


@pytest.mark.parametrize(
    ("change", "stated", "why"),
    [
        ({}, {3: 0.5, 4: 0.5}, "is of the epochs 3 and result.json says 3, 4"),
        ({"names": ["a_1", "a_1"]}, {3: 0.5}, "does not hold every clip once for every epoch"),
        ({}, {3: 1.0}, "makes an accuracy of 0.500000 at epoch 3 and result.json says 1.000000"),
        ({"labels": [0, 48]}, {3: 0.5}, "holds labels outside 0 to 47"),
    ],
)
def test_a_file_that_disagrees_is_refused(tmp_path, change: dict, stated: dict, why: str) -> None:
    rows = {name: np.array(values) for name, values in (ROWS | change).items()}
    file = tmp_path / "predictions" / "O.parquet"
    correct = np.array([True, False])
    write_answers(file, rows["names"], rows["videos"], np.minimum(rows["labels"], 47), {3: correct})
    if rows["labels"].max() > 47:
        rewrite_labels(file, rows["labels"])
    with pytest.raises(UserError, match=why):
        read_answers(file, stated)


def rewrite_labels(file, labels: np.ndarray) -> None:
    table = pq.read_table(file)
    pq.write_table(table.set_column(table.column_names.index("label"), "label", pa.array(labels)), file)


def test_other_columns_are_refused(tmp_path) -> None:
    pq.write_table(pa.table({"clip": ["a"], "label": [0], "score_0": [1.0]}), tmp_path / "O.parquet")
    with pytest.raises(UserError, match="has the columns clip, label, score_0 instead of epoch, clip, video, label"):
        read_answers(tmp_path / "O.parquet", {0: 1.0})


def test_a_diverged_training_is_counted() -> None:
    write_training(training(CNN))
    spec = training(LSTM)
    folder = write_result(spec, {0: right_answers(4, 0.5, 0)}, status="diverged")
    result = json.loads(folder.result_file.read_text())
    del result["checkpoints"]
    folder.result_file.write_text(json.dumps(result))
    assert RunFolder.of(spec).is_finished()
    assert completeness(load_diving("diving48-demo").runs) == "1 of 2 runs finished, 1 diverged"
