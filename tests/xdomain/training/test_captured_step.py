"""A captured or compiled step: the eager one's gradients, weights under their own names, and the same after a kill."""

import shutil

import pytest
import torch
from support.tiny_runs import Numbers, TaskProcess, kill, run_task, tiny
from torch.nn.functional import cross_entropy

from xdomain.core.errors import UserError
from xdomain.specs.overrides import parse_overrides
from xdomain.specs.read import read_spec
from xdomain.studies import temporal_shape as ts
from xdomain.training.capture import require_step
from xdomain.training.data import ClipShape
from xdomain.training.fit import classifier
from xdomain.training.module import Classifier

FRAMES, SIDE = 8, 32
EINOPS = ("timesformer-1", "timesformer-8")  # which torch takes half a minute to trace
needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++"))), reason="torch compiles for a CPU with a C++ compiler"
)


def module(model: str, step: str) -> Classifier:
    """The untrained classifier of a run, the same at every call."""
    torch.manual_seed(3)
    spec = ts.run("2dot", model, 2, 42).with_train(step=step)
    return classifier(spec, ClipShape(FRAMES, SIDE, 1, 5), None).train()


def step_of(trained: Classifier, clips: int) -> dict[str, torch.Tensor]:
    """What a step makes of a batch: the loss, every gradient, and the buffers that batch norm keeps."""
    generator = torch.Generator().manual_seed(5)
    pixels = torch.rand(clips, FRAMES, 1, SIDE, SIDE, generator=generator)
    trained.zero_grad()
    loss = cross_entropy(trained(pixels), torch.arange(clips) % 5)
    loss.backward()
    gradients = {name: tensor.grad for name, tensor in trained.named_parameters() if tensor.grad is not None}
    return {"loss": loss.detach(), **gradients, **{name: b.clone() for name, b in trained.model.named_buffers()}}


def compare(model: str, step: str, **tolerance: float) -> None:
    ours, eager = module(model, step), module(model, "eager")
    assert list(ours.state_dict()) == list(eager.state_dict()), "a checkpoint of one is a checkpoint of the other"
    for _ in range(2):  # the second replays, on buffers that the first has changed
        torch.testing.assert_close(step_of(ours, 4), step_of(eager, 4), **tolerance)
    ours.eval()
    ours.captured = None  # an evaluation that needed it would fail
    assert ours(torch.zeros(3, FRAMES, 1, SIDE, SIDE)).shape == (3, 5)


@pytest.mark.parametrize(
    "model", ["3dcnn", "convlstm", *(pytest.param(name, marks=pytest.mark.slow) for name in EINOPS)]
)
@pytest.mark.timeout(1800)
def test_a_captured_steps_kernels_are_the_eager_ones(model):
    """On a CPU nothing is captured, but the traced step's kernels run: their numbers are the same bits."""
    compare(model, "graph", rtol=0, atol=0)


@needs_compiler
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("model", ts.MODELS)
def test_a_compiled_step_is_the_eager_one_to_rounding(model):
    compare(model, "compile", rtol=1e-3, atol=1e-5)


@needs_compiler
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_compiled_training_that_was_killed_comes_to_the_same_numbers(tiny_roots):
    """Validation's last batch is smaller than the others, and so are those of the domains."""
    spec, again = (tiny(step="compile", max_epochs=2, tag=tag) for tag in ("straight", "killed"))
    straight = Numbers.of(run_task(spec).folder)
    task = TaskProcess(again)
    task.wait_for_epochs(1)
    kill(task)
    killed = run_task(again).folder
    assert killed.result()["attempts"] == 2
    assert Numbers.of(killed) == straight


def test_a_machine_without_a_compiler_says_so(monkeypatch):
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", ("no-such-compiler",))
    monkeypatch.setattr("torch._inductor.config.force_disable_caches", True)
    torch.compiler.reset()
    with pytest.raises(UserError, match=r"step=compile: torch cannot compile [^\n]*C\+\+ compiler"):
        step_of(module("3dcnn", "compile"), 4)


def test_a_machine_without_a_gpu_captures_nothing_and_says_so(tiny_roots):
    task = TaskProcess(tiny(step="graph"))
    assert task.wait() == 2
    assert "Error: step=graph captures CUDA graphs, and there is no CUDA GPU here" in task.output
    require_step("graph", "gpu")
    require_step("compile", "cpu")


def test_what_cannot_be_is_refused_at_the_launch():
    with pytest.raises(UserError, match="--set step: takes eager, graph or compile"):
        parse_overrides(("step=fast",))
    with pytest.raises(UserError, match="step=graph is for trainings on one GPU, and this one has 2 ranks"):
        tiny(step="graph", ranks=2).check()


def test_the_step_of_earlier_files_is_eager():
    assert "step" not in tiny().to_dict()["train"], "such a spec is written as it always was"
    for spec in (tiny(), tiny(step="compile")):
        assert read_spec(spec.to_dict()) == spec
    assert "stepgraph" in tiny(step="graph", tag="").variant, "numbers that differ by rounding are runs of their own"
