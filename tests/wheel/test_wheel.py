"""A wheel holds all that the program reads: built and installed without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import msgspec
import pytest

from support.places import ROOT

DATA = (".md", ".json", ".typed")
"""How the files end that are no modules."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy so that nothing is left in the checkout."""
    copy, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(
        ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_every_file_of_the_program(wheel: Path) -> None:
    source = ROOT / "src"
    there = {
        p.relative_to(source).as_posix() for p in (source / "logkeep").rglob("*") if p.is_file()
    }
    meant = {name for name in there if name.endswith((".py", *DATA))}
    assert meant <= set(zipfile.ZipFile(wheel).namelist())


def test_an_installed_one_explains_its_findings(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / "bin" / "python"
    install = [
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    # Its dependencies are those of these tests; they come after what was installed.
    path = next((tmp_path / "lib").glob("python*/site-packages"))
    libraries = Path(msgspec.__file__).parents[1]
    given = {**os.environ, "PYTHONPATH": os.pathsep.join((str(path), str(libraries)))}

    def said(*arguments: str) -> str:
        run = subprocess.run(
            [python, *arguments],
            cwd=tmp_path,
            env=given,
            check=True,
            capture_output=True,
            text=True,
        )
        return run.stdout

    assert str(tmp_path) in said("-c", "import logkeep; print(logkeep.__file__)")
    for code in ("trail-off", "bucket-refuses", "trail-unasked"):
        assert said(str(tmp_path / "bin" / "logkeep"), "help", code).startswith(f"# {code}\n")
