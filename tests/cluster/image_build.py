"""Builds the project's two images as a user would, on a base made here instead of one from a registry."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from .image_base import ordinary_user, pack, pip_folders
from .slurm_install import Unavailable, ensure_programs

TOP = Path(__file__).resolve().parents[2]
CODE_VERSION = "built-by-the-tests"
LOCK_SHA256 = hashlib.sha256((TOP / "requirements.lock").read_bytes()).hexdigest()


def build_sif(base: Path, folder: Path) -> Path:
    """Build apptainer.def on `base` in `folder` (in five minutes, mostly pip), as an ordinary user."""
    if not shutil.which("apptainer"):
        raise Unavailable("apptainer not found: install Apptainer 1.2 or newer to test the image")
    user = ordinary_user()
    context = copy_context(folder / "context")
    work = folder / "work"  # Apptainer's temporary files, cache and result: what the user may write to
    for path in (work, work / "tmp", work / "home"):
        path.mkdir()
        shutil.chown(path, user.pw_uid, user.pw_gid)
    image = work / "xdomain.sif"
    arguments = {"BOOTSTRAP": "localimage", "BASE": base, "CODE_VERSION": CODE_VERSION}
    argv = ["apptainer", "build"]
    argv += [word for path in pip_folders() for word in ("--bind", str(path))]
    argv += [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    subprocess.run(
        [*argv, str(image), "apptainer.def"],
        cwd=context,
        env={**_without_pip(), "HOME": str(work / "home"), "APPTAINER_TMPDIR": str(work / "tmp")},
        check=True,
        # None leaves things as they are, for an ordinary user who may not change them.
        **({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}),
    )
    return image


class OciBuild:
    """The Dockerfile's image, built by buildah on `base` with a storage of its own inside `folder`.

    No daemon and no namespaces of its own (`--isolation=chroot`), so that it works inside a container too.
    """

    def __init__(self, base: Path, folder: Path) -> None:
        self.base, self.folder = base, folder
        self._storage = ["--storage-driver=vfs", f"--root={folder}/storage", f"--runroot={folder}/run"]

    def build(self) -> None:
        """Build the image (in four minutes, mostly pip)."""
        if os.geteuid() != 0:
            raise Unavailable("the Dockerfile is built with buildah --isolation=chroot, which needs root here")
        ensure_programs(("podman", "buildah"), packages=("podman", "buildah"))
        context = copy_context(self.folder / "context")
        tar = pack(self.base, self.folder / "base.tar")
        self._call("podman", "import", str(tar), "localhost/base")
        tar.unlink()
        arguments = {"BASE": "localhost/base", "CODE_VERSION": CODE_VERSION, "LOCK_SHA256": LOCK_SHA256}
        argv = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        argv += [word for path in pip_folders() for word in ("--volume", f"{path}:{path}:ro")]
        isolation = ["--isolation=chroot", "--network=host"]
        self._call("buildah", "bud", *isolation, *argv, "--tag", "localhost/xdomain", str(context))

    def config(self) -> dict:
        """The image's configuration as OCI defines it: Env, Cmd, Labels, ... (its Dockerfile ran the image)."""
        return json.loads(self._call("buildah", "inspect", "--type=image", "localhost/xdomain"))["OCIv1"]["config"]

    def _call(self, program: str, *argv: str) -> str:
        """Run podman or buildah on our own storage; its messages go to the test's output."""
        done = subprocess.run([program, *self._storage, *argv], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()


def remove(folder: Path) -> None:
    """Delete a build's folder, unless something is still mounted below it: that would be deleted too."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    if left := [mount for mount in mounts if mount.startswith(f"{folder}/")]:
        raise RuntimeError(f"not deleting {folder}, where a build left mounts: unmount {', '.join(left)}")
    shutil.rmtree(folder, ignore_errors=True)


def copy_context(folder: Path) -> Path:
    """Copy what .dockerignore lets into an image, with the recipes: the builder may not read the checkout."""
    allowed = [line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    folder.mkdir(mode=0o755)
    for name in (*allowed, "Dockerfile", "apptainer.def", ".dockerignore"):
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(TOP / name, folder / name)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return folder


def _without_pip() -> dict[str, str]:
    """The environment without PIP_*, which Apptainer would carry into the build: the base has a pip.conf."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
