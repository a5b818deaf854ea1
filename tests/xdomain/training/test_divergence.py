"""A training that leaves the numbers ends, with a result that says so; no score of it is ever a number's."""

from support.tiny_runs import run_task, tiny

WILD = {"lr": 1e30}


def test_a_diverged_run_has_a_result_and_no_accuracies(tiny_roots):
    task = run_task(tiny(**WILD))
    result = task.folder.result()
    assert result["status"] == "diverged"
    assert result["accuracy"] == {}
    assert result["diverged_in_epoch"] in (0, 1)
    assert not task.folder.predictions_file("validation").exists()
    assert task.folder.attempts()[-1]["outcome"] == "diverged"
    again = run_task(tiny(**WILD))
    assert len(again.folder.attempts()) == 2, "one start and one end: it is not tried again"


def test_weights_that_the_last_step_ruins_are_never_evaluated(tiny_roots):
    """The training loss is taken before each step, so the last one's harm shows in the validation alone."""
    folder = run_task(tiny(batch_size=8, max_epochs=1, **WILD)).folder  # one step in all
    assert folder.result()["status"] == "diverged"
    assert not folder.predictions_file("validation").exists(), "its scores are no numbers"
