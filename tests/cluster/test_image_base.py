"""The base for image builds has every file that its pip settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import image_base


@pytest.mark.parametrize("setting", ["cert", "constraint"])
def test_a_file_that_pip_is_told_to_read_comes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    files = [tmp_path / "host" / name for name in ("one.txt", "two.txt")][: 1 if setting == "cert" else 2]
    files[0].parent.mkdir()
    for file in files:
        file.write_text(file.name)
    monkeypatch.setattr(image_base, "pip_settings", lambda: {setting: "\n".join(map(str, files))})
    base = tmp_path / "base"
    (base / "etc").mkdir(parents=True)
    image_base._copy_pip_settings(base)
    assert str(files[0]) in (base / "etc/pip.conf").read_text()
    assert [(base / file.relative_to("/")).read_text() for file in files] == [file.name for file in files]
