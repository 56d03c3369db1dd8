"""A real grid for the end-to-end tests: `noizy up` on free ports and a folder of its own, agents as processes of their own.

Nothing here sleeps to wait: a step waits on a line, on a process, or on a watch of `noizy wait` with a bound.
"""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import npm_packages

BINARY = os.environ["NOIZY_BINARY"]
SOURCE = os.environ["NOIZY_SOURCE_DIR"]
STEP_SECONDS = 60  # a bound on any one step, generous for a busy machine


def find_kubectl():
    """$NOIZY_KUBECTL, else a 1.32 on the path (or beside it, where that is a dispatcher), else the 1.32 that npm brings: Debian's is 1.20."""
    if os.environ.get("NOIZY_KUBECTL"):
        return os.environ["NOIZY_KUBECTL"]
    found = os.path.realpath(shutil.which("kubectl") or "")
    for program in (found + ".1.32", found):
        if os.path.isfile(program) and '"v1.32.' in subprocess.run([program, "version", "--client", "-o", "json"], capture_output=True, text=True, check=False).stdout:
            return program
    return npm_packages.layer_program("v32", "kubectl")


KUBECTL = find_kubectl()


class Failed(Exception):
    """A command ended with an exit code that was not expected."""


def read_line(stream, pattern, seconds=STEP_SECONDS):
    """The first line of an unbuffered binary stream that matches; waits for it."""
    deadline = time.monotonic() + seconds
    line = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            raise Failed(f"no line like {pattern!r} within {seconds} s")
        byte = os.read(stream.fileno(), 1)
        if not byte:
            raise Failed(f"the stream ended before a line like {pattern!r}")
        if byte != b"\n":
            line += byte
            continue
        found = re.search(pattern, line.decode())
        if found:
            return found
        line = b""


class Process:
    """A program started by a test; its stderr goes to a file that failures show."""

    def __init__(self, arguments, log_path, env):
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=env, bufsize=0)

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.close()

    def stop(self):
        """Ends it politely and returns its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        return self.close()

    def close(self):
        code = self.popen.wait(STEP_SECONDS)
        self.popen.stdout.close()
        return code

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()


class Grid:
    """A control plane, its data folder, and the agents a test adds."""

    def __init__(self, *up_flags):
        self.folder = tempfile.mkdtemp(prefix="noizy-e2e-")
        self.data_dir = os.path.join(self.folder, "data")
        self.up_flags = list(up_flags)
        self.agents = {}
        self.env = dict(os.environ, HOME=self.folder, NO_COLOR="1", KUBECONFIG=self.kubeconfig)
        self.env.pop("NOIZYCONFIG", None)
        self.ports = ("0", "0")
        self.plane = None
        self.start()

    @property
    def kubeconfig(self):
        return os.path.join(self.data_dir, "kubeconfig")

    def start(self):
        """Starts the control plane; after the first time on the same ports."""
        arguments = [BINARY, "up", "--data-dir", self.data_dir, "--https-port", self.ports[0], "--grpc-port", self.ports[1]]
        self.plane = Process(arguments + self.up_flags, os.path.join(self.folder, "up.log"), self.env)
        try:
            ready = read_line(self.plane.popen.stdout, r"^ready https://127\.0\.0\.1:(\d+) grpc 127\.0\.0\.1:(\d+) kubeconfig (\S+)$")
        except Failed as failure:
            raise Failed(f"{failure}\n{self.plane.log()}") from failure
        self.ports = (ready.group(1), ready.group(2))
        assert ready.group(3) == self.kubeconfig, ready.group(0)

    def close(self):
        for agent in self.agents.values():
            agent.stop()
        self.plane.stop()
        kill_strays(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments, stdin=None, code=0):
        """Runs a command to its end and returns its stdout; another exit code than `code` is a failure (None: any)."""
        done = subprocess.run(arguments, input=stdin, capture_output=True, text=True, env=self.env, timeout=2 * STEP_SECONDS, check=False)
        if code is not None and done.returncode != code:
            raise Failed(f"{arguments} ended with {done.returncode}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}")
        self.last = done
        return done.stdout

    def noizy(self, *arguments, **options):
        return self.run(BINARY, *arguments, **options)

    def kubectl(self, *arguments, **options):
        return self.run(KUBECTL, *arguments, **options)

    def apply(self, manifest):
        return self.noizy("apply", "-f", "-", stdin=manifest)

    def get(self, *what):
        return json.loads(self.noizy("get", *what, "-o", "json"))

    def wait(self, condition, *what):
        return self.noizy("wait", f"--for={condition}", *what, f"--timeout={STEP_SECONDS}s")

    def add_agent(self, name, *flags, run_by=()):
        """Enrols another agent by token, as a process of its own (a child of `run_by`), and waits until its node is Ready."""
        folder = os.path.join(self.folder, "agent-" + name)
        arguments = [*run_by, BINARY, "agent", "--name", name, "--data-dir", folder, *flags]
        if not os.path.exists(os.path.join(folder, "identity")):
            token = self.noizy("token", "create").splitlines()[-1]
            ca_hash = re.search(r"sha256:[0-9a-f]{64}", self.last.stderr).group(0)
            arguments += ["--join", "127.0.0.1:" + self.ports[1], "--token", token, "--ca-hash", ca_hash]
        self.agents[name] = Process(arguments, os.path.join(self.folder, f"agent-{name}.log"), self.env)
        self.wait("create", "node/" + name)
        self.wait("condition=Ready", "node/" + name)
        return self.agents[name]

    def kill_agent(self, name):
        """What a power cut does to a machine: the agent and all it runs end at once."""
        self.agents.pop(name).kill()
        kill_strays(os.path.join(self.folder, "agent-" + name))


def kill_strays(folder):
    """Kills what still runs out of `folder`: supervisors and Tasks of a test's agents. Found by their command line or working folder."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().decode(errors="replace")
            place = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if int(pid) != os.getpid() and (folder + "/" in command or (place + "/").startswith(folder + "/")):
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass


class GridTest(unittest.TestCase):
    """Tests that share one grid a class. `UP_FLAGS` go to `noizy up`."""

    UP_FLAGS = ()

    @classmethod
    def setUpClass(cls):
        cls.grid = Grid(*cls.UP_FLAGS)
        cls.addClassCleanup(cls.grid.close)


def task(name, script, **spec):
    """A Task manifest with a shell script."""
    body = {"script": {"source": script}, **spec}
    return json.dumps({"apiVersion": "noizy.dev/v1", "kind": "Task", "metadata": {"name": name}, "spec": body})
