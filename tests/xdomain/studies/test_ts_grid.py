"""The grid is the paper's: 400 runs, each once, each with its recipe (paper section 3.2)."""

from collections import Counter

from xdomain.specs.overrides import apply_overrides
from xdomain.specs.spec import TrainSpec
from xdomain.studies import temporal_shape as ts


def test_the_whole_grid_has_400_runs_each_once():
    grid = ts.grid()
    assert len(grid) == 400
    assert len({spec.id for spec in grid}) == 400
    assert Counter(spec.source for spec in grid) == {"2dot": 200, "mnist-bg": 200}
    assert Counter(spec.model.name for spec in grid) == dict.fromkeys(ts.MODELS, 100)
    assert Counter(spec.seed for spec in grid) == dict.fromkeys((42, 61, 47, 53, 57), 80)
    assert Counter(spec.model.hidden for spec in grid) == dict.fromkeys((2, 4, 6, 8, 10, 12, 16, 24, 32, 48), 40)


def test_every_run_is_evaluated_on_all_domains_its_own_first():
    for spec in ts.grid(models=("3dcnn",), sizes=(2,), seeds=(42,)):
        assert spec.targets[0] == spec.source
        assert sorted(spec.targets) == ["2dot", "5dot", "mnist", "mnist-bg"]


def test_the_recipe_is_the_papers():
    recurrent = ts.recipe("convlstm")
    assert recurrent == ts.recipe("3dcnn") == ts.recipe("a-users-own")
    assert (recurrent.lr, recurrent.momentum, recurrent.weight_decay) == (0.001, 0.9, 1e-5)
    assert (recurrent.batch_size, recurrent.max_epochs, recurrent.patience) == (64, 100, 10)
    assert recurrent.precision == "16-mixed"
    for name in ("timesformer-1", "timesformer-8"):
        assert ts.recipe(name) == TrainSpec(max_epochs=300, patience=100)


def test_the_data_is_the_papers():
    spec = ts.run("mnist-bg", "3dcnn", 2, 42)
    source, target = spec.data.source_set("mnist-bg"), spec.data.eval_set("mnist-bg", "mnist-bg")
    assert (source.clips, target.clips) == (5000, 500)
    assert (source.digit_split, target.digit_split) == ("train", "test")
    assert source.seed != target.seed
    assert spec.data.train_clips == 4000
    assert {source.rendering, target.rendering} == {"released"}


def test_noise_is_half_as_strong_where_it_is_trained_on():
    def intensities(spec):
        return [clip_set.intensity for clip_set in spec.inputs if clip_set.domain == "mnist-bg"]

    trained_on, evaluated = ts.run("mnist-bg", "3dcnn", 2, 42), ts.run("2dot", "3dcnn", 2, 42)
    assert intensities(trained_on) == [0.5, 0.5]  # what is trained on, and its held-out set
    assert intensities(evaluated) == [1.0]
    changed = {"source_intensity": 0.2, "target_intensity": 0.3}
    assert intensities(apply_overrides(trained_on, changed)) == [0.2, 0.2]
    assert intensities(apply_overrides(evaluated, changed)) == [0.3]


def test_both_directions_share_the_sets_that_have_no_noise():
    sets = [set(ts.run(source, "3dcnn", 2, 42).inputs[1:]) for source in ts.SOURCES]
    assert sorted(clip_set.domain for clip_set in sets[0] & sets[1]) == ["2dot", "5dot", "mnist"]
