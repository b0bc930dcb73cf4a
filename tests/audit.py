"""The check before a release: `make audit`. It writes build/sbom.json and build/locked.txt; exit code 1: a check failed.

1. Known vulnerabilities of what constraints.txt names (pip-audit; needs a service of advisories on the network).
2. A bill of materials of the installed packages (CycloneDX), and a lock of the versions with the hashes of their files.
3. What the wheel holds: every sealed bundle, no secret, no key, and the version that CHANGELOG.md begins with.
"""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from daemon.about import package_version
from models import bundle
from tests.imports import ROOT

BUILD: Final = ROOT / "build"
TOOLS: Final = str(ROOT / ".venv" / "audit" / "bin")
_SECRET: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|secret-key\s*=\s*\"[^\"]{40}\"")
_EXTRAS: Final = ("jack", "osc", "panel", "tls", "top")


def main() -> int:
    """Run all checks, print a line for each, and return the exit code."""
    BUILD.mkdir(exist_ok=True)
    checks: Sequence[tuple[str, Callable[[], Iterator[str]]]] = (
        ("known vulnerabilities", _vulnerabilities),
        ("build/sbom.json", _bill),
        ("build/locked.txt", _lock),
        ("the wheel", _wheel),
    )
    failed = False
    for name, check in checks:
        problems = list(check())
        failed |= bool(problems)
        sys.stdout.write(f"{name}: {'; '.join(problems) if problems else 'fine'}\n")
    return int(failed)


def _vulnerabilities() -> Iterator[str]:
    words = [f"{TOOLS}/pip-audit", "-r", "constraints.txt", "--no-deps", "--disable-pip", "-f", "json"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        found = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        yield f"not known, because no advisories could be read: {ran.stderr.strip().splitlines()[-1][:200]}"
        return
    skipped = [each["name"] for each in found if "skip_reason" in each]
    if skipped:
        yield f"not known of {len(skipped)} of {len(found)} packages, which the service of advisories does not have"
    for each in found:
        for hole in each.get("vulns", ()):
            yield f"{each['name']} {each['version']} has {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none'}"


def _bill() -> Iterator[str]:
    words = [f"{TOOLS}/cyclonedx-py", "environment", sys.executable, "-o", str(BUILD / "sbom.json")]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        yield ran.stderr.strip()[-200:]
        return
    parts = {part["name"].lower() for part in json.loads((BUILD / "sbom.json").read_bytes())["components"]}
    yield from (
        f"it lacks {name}" for name in ("onnxruntime-gpu", "numpy", "mido", "pyzmq") if name not in parts
    )


def _lock() -> Iterator[str]:
    extras = [word for extra in _EXTRAS for word in ("--extra", extra)]
    words = [f"{TOOLS}/pip-compile", "--quiet", "--generate-hashes", "--strip-extras", "--no-header", *extras]
    options = ["--no-emit-index-url", "--no-emit-find-links", "--constraint", "constraints.txt"]
    ran = subprocess.run(
        [*words, *options, "--output-file", str(BUILD / "locked.txt"), "pyproject.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        yield ran.stderr.strip()[-200:]
        return
    lines = (BUILD / "locked.txt").read_text(encoding="utf-8")
    names = re.findall(r"^[a-z0-9][a-z0-9._-]*==", lines, re.MULTILINE | re.IGNORECASE)
    if lines.count("--hash=sha256:") < len(names):
        yield "some packages have no hash"


def _wheel() -> Iterator[str]:
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(BUILD / "wheel"),
        ".",
    ]
    subprocess.run(words, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    version = package_version()
    path = BUILD / "wheel" / f"edmd-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        for name in names:
            content = wheel.read(name)
            if _SECRET.search(content) or name.endswith((".key_secret", ".pem")):
                yield f"{name} holds a secret"
            if str(ROOT).encode() in content:
                yield f"{name} holds a path of this machine"
    shipped = {Path(name).parent.name for name in names if name.endswith("model.toml")}
    apart = {path.parent.name for path in (ROOT / "models" / "noncommercial").rglob("model.toml")}
    yield from (f"it lacks the bundle {name}" for name in set(bundle.names()) - shipped - apart)
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    if first is None or first[1] != version:
        yield f"CHANGELOG.md does not begin with {version}"


if __name__ == "__main__":
    sys.exit(main())
