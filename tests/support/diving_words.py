"""What the words of `python -m jobs.launch diving` and `evaluate` ask for, on this machine."""

import json
import os

import click
from click.testing import CliRunner, Result

import jobs.commands.launch
from jobs.commands.launches.diving import diving
from jobs.commands.launches.options import collect
from jobs.launching.diving import DivingRequest, trainings
from jobs.launching.options import Options
from xdomain.specs.spec import RunSpec


def launched(*words: str) -> Result:
    """`python -m jobs.launch WORDS`."""
    return CliRunner().invoke(jobs.commands.launch.main, list(words))


def described(*words: str) -> dict:
    """The document of a dry run, which writes nothing."""
    before = os.listdir()
    done = launched(*words, "--dry-run", "--json", "--cluster", "local")
    assert done.exit_code == 0, done.output
    assert os.listdir() == before, "a dry run writes nothing"
    return json.loads(done.stdout)


def requested(command: click.Command, *words: str) -> tuple[DivingRequest, Options]:
    """What a command makes of these words."""
    request, others = collect(DivingRequest, command.make_context("diving", ["--cluster", "local", *words]).params)
    return request, collect(Options, others)[0]


def trainings_of(*words: str) -> list[RunSpec]:
    """The trainings that these words of `diving` name."""
    return trainings(*requested(diving, *words))
