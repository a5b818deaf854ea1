"""Clips that stand in training and in evaluation, against a comparison of all pixels."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from xdomain.datasets.temporal_shape.clipset import RECORD, open_set, set_paths, write_set
from xdomain.datasets.temporal_shape.generate import draw_block, generate
from xdomain.datasets.temporal_shape.leakage import Leak, announce, leaks
from xdomain.specs.shapes import ClipSetSpec, DataSpec
from xdomain.studies import temporal_shape as ts

DATA = DataSpec(train_clips=30, val_clips=10, eval_clips=12)
SPEC = replace(ts.run("2dot", "3dcnn", 2, 42), data=DATA)
SOURCE, HELD_OUT = DATA.source_set("2dot"), DATA.eval_set("2dot", "2dot")
PERMUTATION = torch.randperm(40, generator=torch.Generator().manual_seed(42)).tolist()
TRAIN, VALIDATION = PERMUTATION[:30], PERMUTATION[30:]


def made_records(clips, seed):
    records = np.zeros(clips, RECORD)
    records["clip"] = np.random.default_rng(seed).integers(0, 256, size=records["clip"].shape, dtype=np.uint8)
    records["label"] = np.arange(clips) % 5
    return records


def write(spec, records, root):
    npy, described = set_paths(spec, root)
    announce(npy, write_set(npy, len(records), [records], {}))
    return described


@pytest.fixture
def records():
    """A source and a held-out set of which some clips are the same, and one that differs in a single pixel."""
    source, held_out = made_records(40, 0), made_records(12, 1)
    source[VALIDATION[3]] = source[TRAIN[7]]
    source[VALIDATION[4]] = source[TRAIN[7]]
    source[VALIDATION[5]] = source[VALIDATION[6]]  # twice in validation is no leak
    source[TRAIN[1]] = source[TRAIN[2]]  # nor twice in training
    held_out["clip"][2] = source["clip"][TRAIN[9]]
    held_out["clip"][5] = source["clip"][TRAIN[9]]
    held_out["clip"][6] = source["clip"][VALIDATION[9]]  # validation is not training
    held_out["clip"][7] = source["clip"][TRAIN[0]]
    held_out["clip"][7, 19, 63, 63] ^= 1
    return source, held_out


def counts(labels):
    return tuple(np.bincount(labels, minlength=5).tolist())


def test_what_a_run_shares_is_counted_for_its_own_split(records, tmp_path):
    source, held_out = records
    write(SOURCE, source, tmp_path)
    write(HELD_OUT, held_out, tmp_path)
    found = leaks(SPEC, tmp_path)
    assert found["validation"] == Leak(10, 30, counts([source["label"][TRAIN[7]]] * 2))
    assert found["2dot"] == Leak(12, 30, counts(held_out["label"][[2, 5]]))
    assert found["mnist"] is None  # there is no such set
    assert str(found["2dot"]) == "2 of 12 (circle 1, line 1)"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_sets_json_has_the_counts_whichever_is_made_first(records, tmp_path, order, capsys):
    sets = [(SOURCE, records[0]), (HELD_OUT, records[1])]
    for number in order:
        write(*sets[number], tmp_path)
    ours = json.loads(HELD_OUT.marker(tmp_path).read_text())["also_in_training"][SOURCE.name]
    # the published split has four training clips to one
    train = torch.randperm(40, generator=torch.Generator().manual_seed(42))[:32].numpy()
    seen = [any((clip == source).all() for source in records[0]["clip"][train]) for clip in records[1]["clip"]]
    assert ours["per_class"] == list(counts(records[1]["label"][seen]))
    assert (ours["clips"], ours["training_clips"], ours["evaluated_clips"]) == (sum(seen), 32, 12)
    assert ours["sha256"] == json.loads(SOURCE.marker(tmp_path).read_text())["sha256"]
    own = json.loads(SOURCE.marker(tmp_path).read_text())["also_in_training"]
    assert list(own) == [SOURCE.name]
    assert own[SOURCE.name]["evaluated_clips"] == 8
    assert "2 of 12 (circle 1, line 1) also stand among the 32 training clips of" in capsys.readouterr().out


def test_other_domains_are_not_compared(records, tmp_path):
    write(SOURCE, records[0], tmp_path)
    described = write(DATA.eval_set("5dot", "2dot"), records[1], tmp_path)
    assert "also_in_training" not in json.loads(described.read_text())


def test_a_set_of_an_earlier_version_is_not_counted(records, tmp_path):
    write(SOURCE, records[0], tmp_path)
    described = SOURCE.marker(tmp_path)
    info = json.loads(described.read_text())
    del info["clip_digests"]
    described.write_text(json.dumps(info))
    write(HELD_OUT, records[1], tmp_path)
    assert set(leaks(SPEC, tmp_path).values()) == {None}


def test_clips_of_a_drawn_set_are_counted(tmp_path):
    npy = generate(ClipSetSpec("2dot", 800, seed=4, rendering="clean"), tmp_path)
    opened = open_set(npy)
    order = torch.randperm(800, generator=torch.Generator().manual_seed(42)).tolist()
    train = {opened.clips[number].tobytes() for number in order[:640]}
    seen = [number for number in order[640:] if opened.clips[number].tobytes() in train]
    assert opened.info["also_in_training"][npy.stem]["per_class"] == list(counts(opened.labels[seen]))
    assert len(seen) > 0, "this test needs clips that are drawn twice: choose another seed"


def test_as_many_spirals_repeat_as_the_paper_estimates():
    """Appendix E.1: about 22 of the 1,000 validation clips of 2dot, all of them spirals, which vary least."""
    spec = ClipSetSpec("2dot", 5000, seed=1, rendering="clean")
    drawn = [
        (hash(record["clip"].tobytes()), record["label"]) for b in range(20) for record in draw_block(spec, None, b)
    ]
    order = torch.randperm(5000, generator=torch.Generator().manual_seed(42)).tolist()
    train = {drawn[number][0] for number in order[:4000]}
    shared = counts([label for pixels, label in (drawn[number] for number in order[4000:]) if pixels in train])
    assert 12 <= shared[1] <= 32
    assert shared[4] == 0  # an arc begins at any angle
