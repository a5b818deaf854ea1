"""How a task's Python is started in an image: what the image sees, what is refused, and the image's digest."""

import hashlib
import itertools
import os
import shlex
from pathlib import Path

import pytest

from jobs.cluster.batch import image_digest, python_command
from jobs.cluster.profile import Profile
from xdomain.core.errors import UserError


@pytest.fixture
def image(empty_roots: Path) -> Path:
    image = empty_roots / "xdomain.sif"
    image.write_bytes(b"an image")
    return image


def binds(command: str | None) -> list[str]:
    """What follows each --bind."""
    assert command is not None
    words = shlex.split(command)
    return [after for word, after in itertools.pairwise(words) if word == "--bind"]


def test_without_an_image_it_is_this_python(empty_roots: Path) -> None:
    assert python_command(Profile(), [empty_roots / "runs"]) is None
    assert not (empty_roots / "runs").exists()


def test_the_image_sees_the_roots_which_are_made_and_the_profiles_binds(image: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    profile = Profile(image="xdomain.sif", binds=(f"{tmp_path}/weights:/weights:ro",))
    command = python_command(profile, [tmp_path / "runs"])
    assert (tmp_path / "runs").is_dir()
    assert binds(command) == [f"{tmp_path}/runs", f"{tmp_path}/weights:/weights:ro"]
    words = shlex.split(command or "")
    assert words[:3] == ["apptainer", "exec", "--nv"]
    assert words[-2:] == [str(image), "python"], "a job starts in another folder"
    assert "--nv" not in shlex.split(python_command(Profile(image="xdomain.sif", gpus=0), []) or "")


def test_of_a_link_the_image_sees_the_name_and_the_place(image: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "scratch").symlink_to(tmp_path / "disk")
    assert binds(python_command(Profile(image="xdomain.sif"), [tmp_path / "scratch"])) == [
        f"{tmp_path}/disk",
        f"{tmp_path}/scratch",
    ]


def test_an_image_or_a_bind_that_is_not_there_is_named(image: Path) -> None:
    with pytest.raises(UserError, match=r"There is no image nowhere\.sif\. Build it with `make sif`"):
        python_command(Profile(image="nowhere.sif"), [])
    with pytest.raises(UserError, match=r"The bind /nowhere does not exist\. Make that folder"):
        python_command(Profile(image="xdomain.sif", binds=("/nowhere:/data",)), [])


@pytest.mark.parametrize("name", ["runs,new", "runs:new"])
def test_a_root_that_apptainer_would_take_for_two_words_is_refused(image: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=f"{name}.*comma or colon"):
        python_command(Profile(image="xdomain.sif"), [tmp_path / name])
    assert not (tmp_path / name).exists()


def test_the_digest_is_that_of_the_file_as_it_is_now(image: Path, empty_roots: Path) -> None:
    (empty_roots / "runs").mkdir()
    profile = Profile(image="xdomain.sif")
    assert image_digest(profile) == f"sha256:{hashlib.sha256(b'an image').hexdigest()}"
    image.write_bytes(b"a larger image")
    assert image_digest(profile) == f"sha256:{hashlib.sha256(b'a larger image').hexdigest()}"


def test_the_digest_of_a_file_that_did_not_change_is_computed_once(image: Path, empty_roots: Path) -> None:
    """Images have gigabytes: size and time of change stand for the content."""
    (empty_roots / "runs").mkdir()
    profile = Profile(image="xdomain.sif")
    first, before = image_digest(profile), image.stat()
    image.write_bytes(b"AN IMAGE")
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert image_digest(profile) == first


def test_without_an_image_file_there_is_no_digest(empty_roots: Path) -> None:
    (empty_roots / "folder").mkdir()
    assert image_digest(Profile(image="folder")) is None
    assert image_digest(Profile()) is None
