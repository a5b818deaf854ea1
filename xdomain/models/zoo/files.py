"""Find the files that a library's model is made of, and their hash. Paths need no library, names in a cache do."""

import hashlib
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.core.names import library_and_model, one_line
from xdomain.models.zoo.libraries import load_torchvision, missing, require_model

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
OF_HUB = [CONFIG, PREPROCESSOR, "*.safetensors"]  # what is fetched of a model of a hub; else its pickled weights, too
# Of two forms of the same weights the one that cannot hold code counts.
SUFFIXES = ((".safetensors",), (".bin", ".pt", ".pth", ".ckpt"))


def config_folder(name: str) -> Path | None:
    """Find the folder with the configuration of a model of transformers; None for a model of torchvision.

    Raises:
        UserError: there is no such folder, or no such model in the cache.
    """
    library, model = library_and_model(name)
    if library != "transformers":
        return None
    folder = Path(model) if model.startswith("/") else cached_snapshot(model)
    if not (folder / CONFIG).is_file():
        raise UserError(f"{one_line(folder)} has no {CONFIG}: give the folder of a model of transformers.")
    return folder


def weight_files(name: str, weights: str) -> list[Path]:
    """Find the files of the weights that a library's model begins from; none where that is empty.

    Args:
        name: of the model, such as `torchvision:r3d_18`.
        weights: a file, a folder, or a name in a filled cache: `KINETICS400_V1` of torchvision, `owner/name` of a hub.

    Raises:
        UserError: there are none.
    """
    if not weights:
        return []
    path = Path(weights)
    if path.is_file():
        return [path]
    library, model = library_and_model(name)
    if not path.is_dir():
        if path.is_absolute() or weights.startswith(("./", "../", "~")):
            raise UserError(f"There are no weights {one_line(weights)}: give a file, a folder or the name of some.")
        if library == "torchvision":
            return [cached_file(model, weights)]
        path = cached_snapshot(weights)
    for suffixes in SUFFIXES:
        if files := sorted(file for file in path.iterdir() if file.suffix in suffixes and file.is_file()):
            return files
    raise UserError(f"{one_line(path)} holds no weights: no file that ends in {', '.join(sum(SUFFIXES, ()))}.")


def content_sha256(name: str, weights: str) -> str:
    """Hash what a library's model is made from: its configuration, its weights; empty where it is made from neither.

    Of one file it is the file's SHA-256, of several that of their names and hashes.

    Raises:
        UserError: a file is not there.
    """
    files = [file for folder in _configured(name, weights) for file in (folder / CONFIG, folder / PREPROCESSOR)]
    files = [*(file for file in files if file.is_file()), *weight_files(name, weights)]
    if len(files) < 2:
        return sha256(files[0]) if files else ""
    lines = "".join(f"{file.name} {sha256(file)}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def preprocessor_file(name: str, weights: str) -> Path | None:
    """Find what a model of transformers says of the values that it takes: its weights' file, else its own."""
    files = [folder / PREPROCESSOR for folder in reversed(_configured(name, weights))]
    return next((file for file in files if file.is_file()), None)


def _configured(name: str, weights: str) -> list[Path]:
    """List the folders whose configuration counts: the model's, then that of its weights, if they have one."""
    if (folder := config_folder(name)) is None:
        return []
    of_weights = dict.fromkeys(file.parent for file in weight_files(name, weights) if file.parent != folder)
    return [folder, *(other for other in of_weights if (other / PREPROCESSOR).is_file())]


def cached_snapshot(repository: str) -> Path:
    """Find a model of a hub in the cache that `python -m xdomain fetch weights` fills; asks no network.

    Raises:
        UserError: it is not there.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ModuleNotFoundError as error:
        raise missing("transformers") from error
    try:
        return Path(snapshot_download(repository, local_files_only=True, allow_patterns=OF_HUB))
    except (LocalEntryNotFoundError, HFValidationError, OSError) as error:
        raise UserError(
            f"Neither a file or folder {one_line(repository)} is there nor a model of that name in the cache. Where "
            f"there is a network: python -m xdomain fetch weights transformers:{one_line(repository)}"
        ) from error


def cached_file(model: str, weights: str) -> Path:
    """Find the file of a model's weights of that name in torch's cache; asks no network.

    Raises:
        UserError: torchvision has no such weights, or they are not in the cache.
    """
    path, _ = torchvision_file(model, weights)
    if not path.is_file():
        raise UserError(
            f"The weights {weights} of torchvision:{model} are not in the cache ({path}). Where there is a network: "
            f"python -m xdomain fetch weights torchvision:{model}/{weights}"
        )
    return path


def torchvision_file(model: str, weights: str) -> tuple[Path, str]:
    """Name the file in torch's cache, and the URL, of a model's weights.

    Raises:
        UserError: torchvision has no such model, or no such weights of it.
    """
    import torch

    require_model(model)
    known = load_torchvision().models.get_model_weights(model)
    if weights not in known.__members__:
        raise UserError(
            f"There is no file or folder {one_line(weights)}, and torchvision:{model} has no weights of that name: "
            f"{', '.join(known.__members__)}."
        )
    url: str = known[weights].url
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2], url
