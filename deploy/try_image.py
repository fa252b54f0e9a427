#!/usr/bin/env python3
"""Run the steps of deploy/Dockerfile without Docker, in a folder of Debian; start what they made.

    sudo python3 deploy/try_image.py [--folder FOLDER] [--keep]

Needs root, `debootstrap` and 6 GB. Of the base images only python:3.11-slim-bookworm is imitated:
Debian bookworm with its Python 3.11. The stages worker and template copy parts of images that are
not at hand, and are left out; Prism comes from .engines (`make prism`). What runs are the RUN and
COPY steps of the stages wheel, base, launcher and spark, and then, as the user of the image:
`warta --help`, the sample run, a run by the driver's entry point, and the executor's entry point,
which must get as far as to look for its driver.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON_IMAGE = "python:3.11-slim-bookworm"
HOST_FILES = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt")
"""Without them nothing can be fetched from where the host fetches it."""
EXECUTOR = {
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@127.0.0.1:1",
    "SPARK_EXECUTOR_ID": "1",
    "SPARK_EXECUTOR_CORES": "1",
    "SPARK_EXECUTOR_MEMORY": "512m",
    "SPARK_APPLICATION_ID": "trial",
    "SPARK_EXECUTOR_POD_IP": "127.0.0.1",
    "SPARK_EXECUTOR_POD_NAME": "trial",
    "SPARK_RESOURCE_PROFILE_ID": "0",
}


@dataclass(slots=True)
class Stage:
    """A stage of a Dockerfile."""

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Instruction, and the rest of its line."""


@dataclass(slots=True)
class State:
    """What holds for the steps that follow."""

    folder: str = "/"
    user: str = "root"
    env: dict[str, str] = field(default_factory=dict)
    entrypoint: str = ""


def stages_of(text: str) -> dict[str, Stage]:
    r"""Return the stages of a Dockerfile by name.

    Example:
      >>> stages_of("FROM a AS b\nRUN x \\\n && y")
      {'b': Stage(base='a', steps=[('RUN', 'x   && y')])}
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: dict[str, Stage] = {}
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            base, _, name = rest.split()
            stages[name] = stage = Stage(base)
        elif instruction:
            stage.steps.append((instruction, rest))
    return stages


class Images:
    """Stages as folders, each made once."""

    def __init__(self, stages: dict[str, Stage], folder: Path) -> None:
        self._stages, self._folder = stages, folder
        self._states: dict[str, State] = {}

    def build(self, name: str) -> tuple[Path, State]:
        """Return a stage's folder, and what holds at its end.

        Raises:
          CalledProcessError: A step failed.
          LookupError: Its base, or what it copies from, is missing.
        """
        root = self._folder / name
        if name not in self._states:
            stage = self._stages[name]
            print(f"== {name}", flush=True)
            if stage.base in self._stages:
                base, state = self.build(stage.base)
                state = State(state.folder, state.user, dict(state.env))
                _copy(base, root)
            elif stage.base == PYTHON_IMAGE:
                state = State()
                _copy(self._python(), root)
            else:
                raise LookupError(f"the image {stage.base} is missing")
            for instruction, rest in stage.steps:
                print(f"{instruction} {rest[:100]}", flush=True)
                self._step(root, state, instruction, rest)
            self._states[name] = state
        return root, self._states[name]

    def _python(self) -> Path:
        """Return Debian with its Python where the image has its own."""
        root = self._folder / "python"
        if not root.exists():
            print("== Debian", flush=True)
            packages = "--include=ca-certificates,python3,python3-venv"
            subprocess.run(
                ["debootstrap", "--variant=minbase", packages, "bookworm", root], check=True
            )
            for name in HOST_FILES:
                if (file := Path("/", name)).is_file():
                    shutil.copyfile(file, root / name)
            # As in the image: python and pip in /usr/local/bin, packages beside them.
            run_in(
                root,
                State(),
                "python3 -m venv /usr/local && pip install --quiet wheel 'setuptools>=78'",
            )
        return root

    def _step(self, root: Path, state: State, instruction: str, rest: str) -> None:
        match instruction:
            case "RUN":
                run_in(root, state, rest)
            case "COPY":
                self._copy_step(root, state, rest)
            case "WORKDIR":
                state.folder = rest
                (root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                state.user = rest
            case "ENV":
                state.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "ENTRYPOINT":
                state.entrypoint = " ".join(map(shlex.quote, _words_of(rest)))
            case _:
                raise LookupError(f"the instruction {instruction} is not known")

    def _copy_step(self, root: Path, state: State, rest: str) -> None:
        words = rest.split()
        origin = ROOT
        if words[0].startswith("--from="):
            name = words.pop(0).removeprefix("--from=")
            if name == "prism":
                return _put(_prism(), _inside(root, state, words[-1]))
            origin = self.build(name)[0]
        *sources, target = words
        to = _inside(root, state, target)
        for source in sources:
            if source == ".":
                _context(to)
            else:
                file = origin / source.lstrip("/")
                _put(file, to / file.name if target.endswith("/") else to)
        return None


def _words_of(text: str) -> list[str]:
    """Return the words of an instruction in the form of a list."""
    return [one.strip().strip('"') for one in text.strip("[]").split(",")]


def _prism() -> Path:
    found = sorted((ROOT / ".engines").glob("prism-*"))
    if not found:
        raise LookupError("Prism is missing: type `make prism`")
    return found[-1]


def _inside(root: Path, state: State, path: str) -> Path:
    return root / str(Path(state.folder) / path).lstrip("/")


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _context(target: Path) -> None:
    """Copy what Docker would be sent: files that git knows and .dockerignore keeps."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files"], check=True, capture_output=True, text=True
    )
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for name in listed.stdout.splitlines():
        if any(name == one or name.startswith(f"{one}/") for one in kept):
            _put(ROOT / name, target / name)


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    subprocess.run(["cp", "--archive", "--reflink=auto", source, target], check=True)


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """Give a root /proc and /dev, which Java and Python read."""
    for name in ("proc", "dev"):
        subprocess.run(["mount", "--rbind", f"/{name}", root / name], check=True)
    try:
        yield
    finally:
        for name in ("proc", "dev"):
            subprocess.run(["umount", "--recursive", "--lazy", root / name], check=True)


def run_in(root: Path, state: State, command: str, **more: str) -> None:
    """Run a shell's command inside a root, as the image would.

    Raises:
      CalledProcessError: It failed.
    """
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    if state.user != "root":
        env["HOME"] = "/home/warta"
    # What is set of pip on the host holds inside, but for folders of the host.
    env |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") and "/" not in value
    }
    env |= state.env | more
    who = "0:0" if state.user == "root" else f"{state.user}:{state.user}"
    script = f"cd {shlex.quote(state.folder)} && {command}"
    with _mounted(root):
        subprocess.run(
            ["chroot", f"--userspec={who}", root, "/bin/sh", "-ec", script], env=env, check=True
        )


def try_launcher(images: Images) -> None:
    """Start the launcher: its help, and a run of the samples."""
    root, state = images.build("launcher")
    _put(ROOT / "sample_data", root / "samples")
    run_in(root, state, f"{state.entrypoint} --help | head -5")
    run_in(
        root, state, f"{state.entrypoint} run --config /samples/sources.toml --lake lake --quiet"
    )
    run_in(root, state, f"{state.entrypoint} verify lake")
    run_in(root, state, f"{state.entrypoint} engines")


def try_spark(images: Images) -> None:
    """Start both of Spark's ways into the image."""
    root, state = images.build("spark")
    _put(ROOT / "sample_data", root / "samples")
    words = "/opt/warta/main.py run /samples/sources/jsonl --lake lake --engine spark --quiet"
    run_in(
        *(root, state, f"{state.entrypoint} driver --master 'local[1]' {words}"),
        SPARK_DRIVER_BIND_ADDRESS="127.0.0.1",
    )
    run_in(root, state, "warta verify lake")
    # No driver listens: that it is looked for is as far as an executor can come alone.
    run_in(
        root,
        state,
        f"! {state.entrypoint} executor > executor.log 2>&1; tail -n 3 executor.log; "
        "grep -q 'Failed to connect to /127.0.0.1:1' executor.log",
        **EXECUTOR,
    )


def main(arguments: Sequence[str]) -> int:
    """Build and try the stages; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="leave the folder when all is done")
    given = parser.parse_args(arguments)
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("needs root and debootstrap: apt-get install debootstrap", file=sys.stderr)
        return 2
    folder = given.folder or Path(tempfile.mkdtemp(prefix="warta-image-"))
    folder.mkdir(parents=True, exist_ok=True)
    images = Images(stages_of((ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")), folder)
    try:
        try_launcher(images)
        try_spark(images)
    except (subprocess.CalledProcessError, LookupError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        if not given.keep:
            shutil.rmtree(folder)
    print("the stages wheel, base, launcher and spark were built and started")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
