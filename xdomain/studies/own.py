"""A study that one file describes: its models, seeds, recipe, domains and experiments, as specs of runs.

    python -m jobs.launch study my-study.toml

A launch keeps the file's text in `<runs root>/<name>/study.json`; whatever comes later reads it there.
"""

import dataclasses
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdomain.core.errors import UserError
from xdomain.core.files import LARGEST_JSON, read_bytes, write_json
from xdomain.core.names import is_library_model, one_line
from xdomain.core.roots import runs_root
from xdomain.specs.registry import OWN, registered_names
from xdomain.specs.spec import ModelSpec, RunSpec, TrainSpec
from xdomain.specs.videos import VideoDataSpec, VideoTraining
from xdomain.studies.zoo import library_model

if TYPE_CHECKING:
    from xdomain.schema.study import LibraryModel, StoredStudy, StudyTable

WORDS = ("about", "question")  # keys that decide no run


@dataclass(frozen=True)
class OwnExperiment:
    """Models compared at one validation accuracy."""

    letter: str  # the experiment's name
    level: float | None  # of validation accuracy, in [0, 1]; None: the best epoch of each
    models: dict[str, str]  # role -> key of the model


@dataclass(frozen=True, eq=False)
class OwnStudy:
    """What a study file says."""

    key: str
    about: str
    question: str  # heads the page; empty: the name and the claims do
    split: str
    data: VideoDataSpec
    seeds: tuple[int, ...]
    models: dict[str, tuple[ModelSpec, TrainSpec]]  # key -> what is trained, and how
    experiments: dict[str, OwnExperiment]
    domains: tuple[str, ...]
    videos: dict[str, Any]  # of a data set that dataset.toml is to describe
    claims: str  # the file's name as written; empty: none
    classes: tuple[str, ...] = ()  # names, in label order; known once it is stored
    claims_text: str = ""  # of that file, once it is stored

    def trainings(self) -> list[VideoTraining]:
        """List every training, the first seed of all models first."""
        return [
            VideoTraining(self.key, self.split, (), model, seed, self.data, train)
            for seed in self.seeds
            for model, train in self.models.values()
        ]

    def runs(self) -> list[RunSpec]:
        """List every training, then its evaluations on every domain."""
        trainings = self.trainings()
        return [*trainings, *(spec.evaluation(domain) for spec in trainings for domain in self.domains)]

    def model_key(self, spec: RunSpec) -> str:
        """Tell what the study calls a run's model; of a model that it does not have, the registered name."""
        return next((key for key, (model, _) in self.models.items() if model == spec.model), spec.model.name)


def read_study(path: Path) -> OwnStudy:
    """Read a study file.

    Raises:
        UserError: it is missing, no TOML, or a value is missing, unknown or wrong; names the key.
    """
    return _made(_text(path), str(path))


def _text(path: Path, advice: str = "`python -m xdomain new-study DIR` writes one to begin with.") -> str:
    if not path.is_file():
        raise UserError(f"There is no file {path}. {advice}")
    try:
        return read_bytes(path, LARGEST_JSON).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text. Save it as that.") from error


def stored_study(name: str, runs: Path | None = None) -> OwnStudy:
    """Read a study as it was launched; `runs` stands for the runs root.

    Raises:
        UserError: it never was, or the file is damaged.
    """
    path = (runs or runs_root()) / name / OWN
    stored = _stored(path)
    study = _made(stored.file, str(path), stored.library_models)
    if study.key != name:
        raise UserError(f"{path} is of the study {study.key}. Put it into that one's folder.")
    return dataclasses.replace(study, classes=tuple(stored.classes), claims_text=stored.claims)


def _stored(path: Path) -> "StoredStudy":
    from xdomain.core.record import read_record
    from xdomain.schema.study import StoredStudy

    return read_record(StoredStudy, path, "Launch the study's file again after removing this one.")[0]


def store_study(file: Path, study: OwnStudy, classes: Iterable[str], runs: Path | None = None) -> None:
    """Keep the study's file in the runs root, or below `runs`, unless it is there already in the same words.

    Raises:
        UserError: another study is there under its name, or its claims cannot be read.
    """
    from xdomain.schema.study import FORMAT

    path, there = ((root / study.key / OWN) for root in (runs or runs_root(), runs_root()))
    claims = claims_text(file, study)
    libraries = {
        key: {"name": model.name, "weights": model.weights, "sha256": model.sha256}
        for key, (model, _) in study.models.items()
        if is_library_model(model.name)
    }
    text = _text(file)
    values = {"format": FORMAT, "file": text, "classes": list(classes), "claims": claims}
    values["library_models"] = libraries
    if there.exists():
        _require_same(there, values, file)
    if not path.exists() or _words(_stored(path).file) != _words(text):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, values)


def claims_text(file: Path, study: OwnStudy) -> str:
    """Read the file of claims that a study's file names; empty where it names none.

    Raises:
        UserError: it is missing, or no text.
    """
    path = file.absolute().parent / study.claims
    return _text(path, f"Correct `claims` in {file}: a path beside that file.") if study.claims else ""


def _require_same(path: Path, values: dict[str, Any], file: Path) -> None:
    """Refuse to launch under a name that has runs of another study; comments, order and `WORDS` do not count."""
    theirs = _stored(path)
    before, now = (flat(tomllib.loads(text)) for text in (theirs.file, values["file"]))
    decisive = sorted({*before, *now} - {*WORDS})
    differing = [key for key in decisive if before.get(key) != now.get(key)]
    differing += ["the classes of the data set"] * (theirs.classes != values["classes"])
    built_from = {key: model.model_dump() for key, model in theirs.library_models.items()}
    differing += ["the weights of a model"] * (built_from != values["library_models"])
    differing += ["the file of claims"] * (theirs.claims != values["claims"])
    if differing:
        raise UserError(
            f"{file} is not the study that was launched under this name ({', '.join(map(one_line, differing))} "
            f"changed; {path} has it as it was). Give it another name, or put the file back."
        )


def _words(text: str) -> list[Any]:
    return [tomllib.loads(text).get(key) for key in WORDS]


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten tables to keys such as `data.frames`."""
    keys: dict[str, Any] = {}
    for key, value in values.items():
        keys |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return keys


def _made(text: str, source: str, launched: "dict[str, LibraryModel] | None" = None) -> OwnStudy:
    """Make a study of its file's text; `launched` has libraries' models as a launch found them."""
    from xdomain.core.record import checked
    from xdomain.schema.study import StudyTable

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{source} is not a TOML file ({error}). Correct it.") from error
    try:
        table = checked(StudyTable, values, source, "")
    except UserError as error:
        words = str(error).replace(" is damaged or not xdomain's", "").strip()
        raise UserError(f"{words} Correct that in the file.") from error
    if "O" not in table.domains:
        raise UserError(f"{source}: domains lacks O, the unmodified test clips, with which the others are compared.")
    if table.name in registered_names():
        raise UserError(f"{source}: name is {table.name!r}, which another study has. Give it a name of its own.")
    experiments = {name: _experiment(name, one, table, source) for name, one in table.experiments.items()}
    levels = tuple(sorted({one.level for one in experiments.values() if one.level is not None}))
    data = table.data
    return OwnStudy(
        table.name,
        table.about,
        table.question.strip(),
        data.split,
        VideoDataSpec(data.dataset, data.frames, data.side, data.val_clips, data.split_seed, data.masks),
        tuple(dict.fromkeys(table.seeds)),
        _models(table, levels, source, launched or {}),
        experiments,
        tuple(dict.fromkeys(table.domains)),
        data.videos,
        table.claims,
    )


def _experiment(name: str, one: Any, table: "StudyTable", source: str) -> OwnExperiment:
    models = one.models if isinstance(one.models, dict) else {key: key for key in one.models}
    if unknown := [key for key in models.values() if key not in table.models]:
        raise UserError(
            f"{source}: experiments.{name} names the model {unknown[0]!r}, which [models] does not have. "
            f"It has: {', '.join(table.models)}."
        )
    return OwnExperiment(name, None if one.level == "best" else one.level, models)


def _models(
    table: "StudyTable", levels: tuple[float, ...], source: str, launched: "dict[str, LibraryModel]"
) -> dict[str, tuple[ModelSpec, TrainSpec]]:
    """Make the specs of every model; its own `train` takes precedence over the study's."""
    models: dict[str, tuple[ModelSpec, TrainSpec]] = {}
    for key, values in table.models.items():
        own = {name: value for name, value in values.items() if name != "train"}
        size = {"hidden": 1} if is_library_model(str(own.get("name", ""))) else {}  # a library's model has one size
        model = _spec(ModelSpec, size | own, f"{source}: [models.{key}]")
        if is_library_model(model.name):
            model = _library_model(model, launched.get(key))
        recipe = table.train | values.get("train", {})
        if isinstance(recipe.get("levels", []), list):  # else the check of the fields says what is wrong
            recipe["levels"] = [*dict.fromkeys([*levels, *recipe.get("levels", [])])]
        models[key] = model, _spec(TrainSpec, recipe, f"{source}: [train] of the model {key}")
    specs = [model for model, _ in models.values()]
    if twice := [key for key, (model, _) in models.items() if specs.count(model) > 1]:
        raise UserError(f"{source}: the models {' and '.join(twice[:2])} are the same. Leave one of them out.")
    return models


def _library_model(named: ModelSpec, launched: "LibraryModel | None") -> ModelSpec:
    """Complete a library's model by the hash of what it is built from, which is read where no launch has done so."""
    if launched is None:
        return library_model(named.name, named.weights, named.frozen)
    return dataclasses.replace(named, name=launched.name, weights=launched.weights, sha256=launched.sha256)


def _spec(kind: type, values: dict[str, Any], source: str) -> Any:
    from pydantic import ValidationError

    from xdomain.core.record import fault
    from xdomain.specs.schema import record_of

    try:
        record_of(kind).model_validate(values)
    except ValidationError as error:
        known = ", ".join(field.name for field in dataclasses.fields(kind))
        raise UserError(f"{source}: {fault(error)}. It takes: {known}.") from error
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
