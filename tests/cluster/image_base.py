"""A base for the image builds without any registry of images: a minimal Debian by debootstrap.

The definition files start from a public Python image by default. Where none can be pulled, the base made
here stands in for it, with this host's pip settings and CA certificates copied in, so that pip finds
inside the build whatever it finds outside. Nothing here knows a mirror or an index by name.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .slurm_install import Unavailable, ensure_programs, search_path

SUITE = "bookworm"  # its python3 is 3.11, the version that requirements.lock is for
_CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_FILES = ("cert", "client-cert", "constraint", "build-constraint", "requirement")  # settings whose values are files
_BUILDER = "xdomain-builder"


def ordinary_user() -> pwd.struct_passwd:
    """Who builds Apptainer images: we, or, as root (who may lack what Apptainer wants), a user made for it."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(_BUILDER)
    except KeyError:
        # A system user: no password, no login, and (as useradd gives to none of them) no home folder.
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", _BUILDER], check=True)
        return pwd.getpwnam(_BUILDER)


def make_base(folder: Path, owner: pwd.struct_passwd) -> Path:
    """Debootstrap a minimal Debian into `folder`, owned by `owner`, in which pip works like on this host."""
    if os.geteuid() != 0:
        raise Unavailable("debootstrap makes the base image and needs root: run the tests as root")
    ensure_programs(("debootstrap",), packages=("debootstrap",))
    include = "--include=python3,python3-venv,ca-certificates"
    argv = ["debootstrap", "--variant=minbase", include, SUITE, str(folder), *_mirror()]
    done = subprocess.run(argv, env={**os.environ, "PATH": search_path()}, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(argv)} failed: {(done.stderr or done.stdout).strip()[-500:]}")
    # An ordinary user may neither own device nodes nor needs them: every runtime mounts its own /dev.
    for node in (folder / "dev").iterdir():
        shutil.rmtree(node) if node.is_dir() and not node.is_symlink() else node.unlink()
    for package in (folder / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    _copy_pip_settings(folder)
    subprocess.run(["chown", "-R", "--no-dereference", f"{owner.pw_uid}:{owner.pw_gid}", folder], check=True)
    return folder


def pack(base: Path, tar: Path) -> Path:
    """The same base as a tar of root's files, for `podman import` and `docker import`."""
    subprocess.run(["tar", "--owner=0", "--group=0", "-C", base, "-cf", tar, "."], check=True)
    return tar


def pip_settings() -> dict[str, str]:
    """What pip uses on this host, from its files and from PIP_*: {"find-links": ..., "index-url": ...}.

    Settings for one command ("install.no-deps") are left out; the environment wins over the files.
    """
    lines = subprocess.check_output([sys.executable, "-m", "pip", "config", "list"], text=True).splitlines()
    settings: dict[str, str] = {}
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        section, _, key = name.partition(".")
        if section in ("global", "user", "site", ":env:"):
            settings[key] = value.strip("'\"").replace("\\n", "\n")
    return settings


def pip_folders() -> list[Path]:
    """Local folders with packages that pip looks into on this host; a build has to see them too."""
    places = [word for key in ("find-links", "index-url", "extra-index-url") for word in _words(key)]
    paths = [Path(unquote(urlsplit(place).path)) for place in places if place.startswith(("/", "file:"))]
    # An index in a folder `simple` links to packages that lie next to it.
    paths = [path.parent if path.name == "simple" else path for path in paths]
    return sorted({path for path in paths if path.is_dir()})


def _words(key: str) -> list[str]:
    return pip_settings().get(key, "").split()


def _mirror() -> list[str]:
    """The mirror that this host's apt uses for the suite, or none: debootstrap then takes its own default."""
    if not shutil.which("apt-get"):
        return []
    argv = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Identifier: Packages"]
    targets = [line.split() for line in subprocess.check_output(argv, text=True).splitlines()]
    return [uri for uri, release in targets if release == SUITE][:1]


def _copy_pip_settings(base: Path) -> None:
    """Write this host's pip settings into the base with the files that they name, and mount points for its folders."""
    settings = pip_settings()
    named = {Path(path) for key in _FILES for path in settings.get(key, "").split()}
    for file in {_CA_BUNDLE, *named}:
        if file.is_file():
            copy = base / file.absolute().relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    lines = [f"{key} = {value}".replace("\n", "\n    ") for key, value in settings.items()]
    (base / "etc/pip.conf").write_text("\n".join(["[global]", *lines]) + "\n")
    for folder in pip_folders():
        (base / folder.relative_to("/")).mkdir(parents=True, exist_ok=True)
