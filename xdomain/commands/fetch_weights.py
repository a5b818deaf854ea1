"""`python -m xdomain fetch weights NAME`: fill the caches that a library's model finds its weights in."""

from pathlib import Path

import click

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.core.names import is_plain, library_and_model, one_line
from xdomain.models.zoo.files import OF_HUB, cached_snapshot, content_sha256, torchvision_file
from xdomain.models.zoo.libraries import load_torchvision, missing

DEFAULT = "KINETICS400_V1"
PICKLED = ["pytorch_model*.bin"]


def fetch_weights(name: str, dry_run: bool = False) -> None:
    """Fetch the weights NAME into the cache of their library, and say how a run names them.

    Args:
        name: `torchvision:MODEL` or `torchvision:MODEL/WEIGHTS`; `transformers:owner/name` or `owner/name`.
        dry_run: only say what would be fetched.

    Raises:
        UserError: there are no such weights, or they could not be fetched.
    """
    library, model = library_and_model(name)
    if library == "torchvision":
        model, _, weights = model.partition("/")
        _from_torchvision(model, weights or DEFAULT, dry_run)
        return
    repository = model or name
    if len(parts := repository.split("/")) > 2 or not all(map(is_plain, parts)):
        raise UserError(
            f"{one_line(name)} names no weights: give torchvision:MODEL, torchvision:MODEL/WEIGHTS or "
            "transformers:OWNER/NAME."
        )
    _from_hub(repository, dry_run)


def _from_torchvision(model: str, weights: str, dry_run: bool) -> None:
    path, url = torchvision_file(model, weights)
    if path.is_file() or dry_run:
        click.echo(f"{path} {'is there' if path.is_file() else f'would be fetched from {url}'}.")
    else:
        import torch

        load_torchvision()
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = path.stem.rpartition("-")[2]  # of the SHA-256; the name ends with it
        try:
            torch.hub.download_url_to_file(url, str(path), prefix, progress=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"{url} cannot be downloaded ({one_line(error)[:200]}). Fetch it on a machine with a network, and give "
                "its path as weights."
            ) from error
    if path.is_file():
        _say(f"torchvision:{model}", weights, sha256(path))


def _from_hub(repository: str, dry_run: bool) -> None:
    if dry_run:
        click.echo(f"The configuration and the weights of {repository} would be fetched into the hub's cache.")
        return
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as error:
        raise missing("transformers") from error
    try:
        folder = Path(snapshot_download(repository, allow_patterns=OF_HUB))
        if not any(folder.glob(OF_HUB[-1])):
            snapshot_download(repository, allow_patterns=PICKLED)
    except Exception as error:  # the hub's client raises errors of its own and of whatever it talks through
        raise UserError(
            f"{repository} cannot be fetched ({one_line(error)[:200]}). Is the name right, and is there a network "
            "here? A folder fetched elsewhere can be given as it is."
        ) from error
    cached_snapshot(repository)
    _say(f"transformers:{repository}", repository, content_sha256(f"transformers:{repository}", repository))


def _say(name: str, weights: str, digest: str) -> None:
    click.echo(f"SHA-256 {digest}\nA run names them by: --model {name} --weights {weights}")
