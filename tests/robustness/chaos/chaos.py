#!/usr/bin/env python3
"""Breaks machines under AtMostOnce Tasks, again and again, and measures that no two attempts ever execute at once.

Each node is a real agent in a network namespace of its own. Each Task stamps shared memory as long as it executes (stamper.cc), so overlap is
measured and not inferred: all namespaces share one CLOCK_MONOTONIC. --without-deadman makes the Tasks AtLeastOnce, which nothing stops on a
silent node: then overlaps must be seen, which shows that they would be. So must they with --clock-rate 0.5 --expect-overlaps: machines whose
clocks run twice as slow as they should (slow_clock.cc) keep to leases that are long over; 0.99 is what a lease allows for.

    chaos.py --faults 10000 --seed 7 --lease 1
    chaos.py --weather delay,loss        # and storm, cpu, disk, all: what is wrong all the time (weather.py)
    chaos.py --faults 100000 --seconds 2400
    chaos.py --task-user nobody          # the Tasks run as somebody else, confined

SIGINT and SIGTERM end it after the fault that is on, with what was measured so far.

Ends with 0 when all held; prints what was measured as JSON on its last line.
"""

import argparse
import base64
import collections
import contextlib
import http.client
import json
import mmap
import os
import random
import re
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.environ["NOIZY_SOURCE_DIR"], "tests", "e2e"))
import grid as grid_module  # noqa: E402  (its folder is known only now)
import weather as weather_module  # noqa: E402

STAMPER = os.environ["NOIZY_STAMPER"]
MOST_ATTEMPTS = 65536
STAMP = struct.Struct("=qq")
GIVE_UP_SECONDS = 60  # for one fail-over; far beyond what any of them may take


def sh(*arguments):
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Network:
    """A bridge, and a namespace per node with one cable to it."""

    can_cut = True

    def __init__(self, number):
        self.prefix = f"nz{os.getpid() % 10000}"
        self.bridge = self.prefix + "b"
        self.subnet = f"10.{200 + number % 50}.{os.getpid() % 250}"
        self.address = self.subnet + ".1"
        self.nodes = {}
        sh("ip", "link", "add", self.bridge, "type", "bridge")
        sh("ip", "address", "add", self.address + "/24", "dev", self.bridge)
        sh("ip", "link", "set", self.bridge, "up")

    def add(self, name):
        index = len(self.nodes) + 2
        namespace, outer, inner = f"{self.prefix}-{name}", f"{self.prefix}o{index}", f"{self.prefix}i{index}"
        sh("ip", "netns", "add", namespace)
        self.nodes[name] = (namespace, outer, f"{self.subnet}.{index}")
        sh("ip", "link", "add", outer, "type", "veth", "peer", "name", inner)
        sh("ip", "link", "set", inner, "netns", namespace)
        sh("ip", "link", "set", outer, "master", self.bridge, "up")
        sh("ip", "-n", namespace, "address", "add", f"{self.subnet}.{index}/24", "dev", inner)
        sh("ip", "-n", namespace, "link", "set", inner, "up")
        sh("ip", "-n", namespace, "link", "set", "lo", "up")

    def inside(self, name, etc):
        """How a program is started on the node; `etc` is laid over its /etc, when given."""
        lay = ["sh", "-c", 'mount -t overlay noizy -o "lowerdir=$0:/etc" /etc && exec "$@"', etc] if etc else []
        return ["ip", "netns", "exec", self.nodes[name][0], *lay]

    def cut(self, name):
        sh("ip", "link", "set", self.nodes[name][1], "down")

    def mend(self, name):
        sh("ip", "link", "set", self.nodes[name][1], "up")

    def mute(self, name):
        """What the node sends is lost; it still hears."""
        sh("ip", "-n", self.nodes[name][0], "route", "add", "blackhole", self.address + "/32")

    def unmute(self, name):
        sh("ip", "-n", self.nodes[name][0], "route", "del", "blackhole", self.address + "/32")

    def deafen(self, name):
        """What is sent to the node is lost; it is still heard."""
        sh("ip", "route", "add", "blackhole", self.nodes[name][2] + "/32")

    def undeafen(self, name):
        sh("ip", "route", "del", "blackhole", self.nodes[name][2] + "/32")

    def close(self):
        for namespace, outer, _ in self.nodes.values():
            subprocess.run(["ip", "link", "del", outer], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(["ip", "netns", "del", namespace], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "link", "del", self.bridge], check=False, stderr=subprocess.DEVNULL)


class Loopback:
    """Where namespaces are not allowed: agents on this very machine, whose cables nobody can pull."""

    address = "127.0.0.1"
    can_cut = False

    def add(self, name):
        pass

    def inside(self, name, etc):
        if etc:
            raise SystemExit("a clock rate needs network namespaces")
        return []

    def close(self):
        pass


def make_network(number):
    try:
        return Network(number)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no network namespaces here ({error}): partitions are left out", file=sys.stderr)
        return Loopback()


class Watch(threading.Thread):
    """Follows one kind through the API, over restarts of the server: the newest object of each name."""

    def __init__(self, grid, path, changed):
        super().__init__(daemon=True)
        self.grid, self.path, self.changed = grid, path, changed
        self.objects = {}
        self.over = False
        self.context = self.make_context()
        self.start()

    def make_context(self):
        with open(self.grid.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        parts = {key: base64.b64decode(re.search(key + r": *\"?([A-Za-z0-9+/=]+)", text).group(1)).decode()
                 for key in ("certificate-authority-data", "client-certificate-data", "client-key-data")}
        context = ssl.create_default_context(cadata=parts["certificate-authority-data"])
        context.check_hostname = False
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pair:
            pair.write(parts["client-certificate-data"] + "\n" + parts["client-key-data"])
            pair.flush()
            context.load_cert_chain(pair.name)
        return context

    def run(self):
        while not self.over:
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)  # the server is away: that is one of the faults

    def follow(self):
        connection = http.client.HTTPSConnection(self.grid.address, int(self.grid.ports[0]), timeout=5, context=self.context)
        connection.request("GET", self.path + "?watch=true&timeoutSeconds=600")
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(response.status)
        connection.sock.settimeout(None)
        for line in response:
            event = json.loads(line)
            if event["type"] in ("ADDED", "MODIFIED"):
                with self.changed:
                    self.objects[event["object"]["metadata"]["name"]] = event["object"]
                    self.changed.notify_all()


class ChaosGrid(grid_module.Grid):
    """A control plane that listens on the bridge, and agents behind it."""

    def __init__(self, network):
        self.network = network
        self.address = network.address
        self.weather = None
        self.etc = None  # of the nodes
        self.task_user = ""
        super().__init__("--no-agent", "--address", network.address)

    def agents_port(self):
        proxy = self.weather and self.weather.proxy
        return proxy.port if proxy else self.ports[1]

    def start(self):
        arguments = [grid_module.BINARY, "up", "--data-dir", self.data_dir, "--https-port", self.ports[0], "--grpc-port", self.ports[1]]
        self.plane = grid_module.Process(arguments + self.up_flags, os.path.join(self.folder, "up.log"), self.env)
        ready = grid_module.read_line(self.plane.popen.stdout, r"^ready https://([0-9.]+):(\d+) grpc [0-9.]+:(\d+) kubeconfig (\S+)$")
        self.ports = (ready.group(2), ready.group(3))

    def set_clock_rate(self, rate):
        """From here on the clocks of nodes that start run at this rate."""
        library = os.path.join(self.folder, "slow_clock.so")
        shutil.copy(os.environ["NOIZY_SLOW_CLOCK"], library)
        self.etc = os.path.join(self.folder, "etc")
        os.mkdir(self.etc)
        for path, text in ((library + ".rate", str(rate)), (os.path.join(self.etc, "ld.so.preload"), library)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def agent_folder(self, name):
        return os.path.join(self.folder, "agent-" + name)

    def start_agent(self, name):
        folder = self.agent_folder(name)
        arguments = [*self.network.inside(name, self.etc), grid_module.BINARY, "agent", "--name", name, "--data-dir", folder]
        if self.task_user:
            arguments += ["--task-user", self.task_user]
        if not os.path.exists(os.path.join(folder, "identity")):
            token = self.noizy("token", "create").splitlines()[-1]
            ca_hash = re.search(r"sha256:[0-9a-f]{64}", self.last.stderr).group(0)
            arguments += ["--join", f"{self.address}:{self.agents_port()}", "--token", token, "--ca-hash", ca_hash]
        self.agents[name] = grid_module.Process(arguments, os.path.join(self.folder, f"agent-{name}.log"), self.env)

    def supervisors(self, name):
        """Pids of the supervisors of a node's Tasks."""
        needle = self.agent_folder(name) + "/attempts/"
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[0] == "noizy" and len(words) > 2 and words[2].startswith(needle):
                found.append(int(pid))
        return found


class Faults:
    """What can happen to a machine, and how it is made good again. Each pair is undone after the Tasks have moved."""

    OF_AGENT = ("agent-killed", "agent-paused", "supervisors-killed", "supervisors-paused", "agent-and-supervisors-paused", "machine-lost")

    def __init__(self, grid, network):
        self.grid, self.network = grid, network
        self.paused = collections.defaultdict(list)

    def names(self):
        cuts = ["partition", "mute", "deaf"] if self.network.can_cut else []
        return [*Faults.OF_AGENT, *cuts]

    def begin(self, fault, node):
        agent = self.grid.agents[node].popen.pid
        if fault == "agent-killed":
            self.grid.agents[node].kill()
        elif fault == "agent-paused":
            self.pause(node, [agent])
        elif fault == "supervisors-paused":
            self.pause(node, self.grid.supervisors(node))
        elif fault == "agent-and-supervisors-paused":
            self.pause(node, [agent, *self.grid.supervisors(node)])
        elif fault == "partition":
            self.network.cut(node)
        elif fault == "mute":
            self.network.mute(node)
        elif fault == "deaf":
            self.network.deafen(node)
        if fault == "machine-lost":
            self.grid.agents[node].kill()
        if fault in ("machine-lost", "supervisors-killed"):
            for pid in self.grid.supervisors(node):
                send(pid, signal.SIGKILL)

    def end(self, fault, node):
        if fault in ("agent-killed", "machine-lost"):
            self.grid.start_agent(node)
        elif fault == "partition":
            self.network.mend(node)
        elif fault == "mute":
            self.network.unmute(node)
        elif fault == "deaf":
            self.network.undeafen(node)
        for pid in self.paused.pop(node, []):
            send(pid, signal.SIGCONT)

    def pause(self, node, pids):
        for pid in pids:
            send(pid, signal.SIGSTOP)
        self.paused[node] = pids


def send(pid, what):
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        pass


class Chaos:
    """The whole experiment."""

    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.network = make_network(options.seed)
        self.changed = threading.Condition()
        self.began = time.monotonic()
        self.durations = []
        self.slowest = []
        self.counts = collections.Counter()
        self.faults_done = 0
        self.broken = {}   # node → fault
        self.maps = {}
        self.over = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        try:
            self.grid = ChaosGrid(self.network)
            self.grid.task_user = options.task_user
            if options.task_user:
                os.chmod(self.grid.folder, 0o711)  # the Tasks' user finds its stamps there
            if options.clock_rate != 1:
                self.grid.set_clock_rate(options.clock_rate)
            kinds = options.weather.split(",") if options.weather else []
            self.grid.weather = weather_module.Weather(
                kinds, self.network.address, lambda: (self.network.address, int(self.grid.ports[1])), self.grid.folder, options.seed)
        except Exception:
            self.network.close()
            raise

    def run(self):
        try:
            self.set_up()
            self.rounds()
            return self.judge()
        finally:
            self.tear_down()

    def set_up(self):
        self.nodes = [f"n{i}" for i in range(self.options.nodes)]
        for name in self.nodes:
            self.network.add(name)
            self.grid.start_agent(name)
        self.tasks = Watch(self.grid, "/apis/noizy.dev/v1/namespaces/default/tasks", self.changed)
        self.node_watch = Watch(self.grid, "/apis/noizy.dev/v1/nodes", self.changed)
        self.await_(lambda: all(self.ready(name) for name in self.nodes), "all nodes to be Ready")
        lease = int(self.options.lease) if float(self.options.lease).is_integer() else str(self.options.lease)
        for name in self.nodes:
            self.grid.noizy("patch", "node", name, "--type=merge", "-p", json.dumps({"spec": {"leaseDurationSeconds": lease}}))
        self.await_(lambda: all(self.granted(name) <= self.options.lease for name in self.nodes), "all nodes' longer grants to be over")
        self.faults = Faults(self.grid, self.network)
        for i in range(self.options.tasks):
            self.start_task(f"t{i}")
        self.await_(lambda: all(self.running(name) for name in self.maps), "all Tasks to run")

    def start_task(self, name):
        path = os.path.join(self.grid.folder, name + ".stamps")
        with open(path, "wb") as file:
            file.truncate(MOST_ATTEMPTS * STAMP.size)
        if self.options.task_user:
            os.chmod(path, 0o666)
        with open(path, "r+b") as file:
            self.maps[name] = mmap.mmap(file.fileno(), 0)
        spec = {"exec": {"command": [STAMPER, path]}, "failover": "AtLeastOnce" if self.options.without_deadman else "AtMostOnce",
                "restartPolicy": "OnFailure", "retry": {"backoff": {"initialSeconds": 0, "factor": 1, "maxSeconds": 0}}}
        self.grid.apply(json.dumps({"apiVersion": "noizy.dev/v1", "kind": "Task", "metadata": {"name": name}, "spec": spec}))

    def rounds(self):
        """Breaks one node after another; heals it while the next one is broken, so that stale attempts meet their successors."""
        kinds = self.options.only.split(",") if self.options.only else self.faults.names()
        end = time.monotonic() + self.options.seconds
        while self.faults_done < self.options.faults and time.monotonic() < end and not self.over:
            if self.broken and all(self.node_of(name) in self.broken for name in self.maps):
                self.heal(self.random.choice(sorted(self.broken)))  # those whose old supervisors hang may be given every Task
                continue
            self.await_(self.sound_hosts, "a Task on a node that is well")
            node = self.random.choice(self.sound_hosts())
            fault = self.random.choice(kinds)
            victims = [name for name in self.maps if self.node_of(name) == node and self.running(name)]
            before = {name: self.attempt_of(name) for name in victims}
            began = time.monotonic()
            self.say(f"{fault} on {node} with {victims}")
            self.faults.begin(fault, node)
            self.broken[node] = fault
            self.faults_done += 1
            self.counts[fault] += 1
            hurt = self.hurt_plane()
            for name in victims:
                self.await_(lambda name=name: self.attempt_of(name) > before[name] and self.running(name),
                            f"{name} to leave {node} after {fault}")
                self.note(f"{fault}, {hurt}" if hurt else fault, name, time.monotonic() - began)
            while len(self.broken) >= max(1, len(self.nodes) - 2):
                self.heal(self.random.choice(sorted(self.broken)))
        for node in sorted(self.broken):
            self.heal(node)

    def stop(self, *_):
        self.over = True

    def sound_hosts(self):
        """Nodes that are well and execute a Task: one that has not begun cannot be hurt."""
        return sorted({self.node_of(name) for name in self.maps if self.running(name)} - set(self.broken))

    def hurt_plane(self):
        """With every n-th fault: in turn the control plane is killed, and stopped for up to three leases. Says what was done."""
        if not self.options.plane or self.faults_done % self.options.plane:
            return None
        hurt = "plane-killed" if self.faults_done // self.options.plane % 2 else "plane-paused"
        self.counts[hurt] += 1
        if hurt == "plane-killed":
            self.grid.plane.kill()
            self.grid.start()
        else:
            send(self.grid.plane.popen.pid, signal.SIGSTOP)
            time.sleep(self.random.uniform(0.2, 3 * self.options.lease))
            send(self.grid.plane.popen.pid, signal.SIGCONT)
        return hurt

    def note(self, fault, name, seconds):
        """How long a Task took to move, with the control plane's own record of it."""
        self.say(f"{name} runs its attempt {self.attempt_of(name)} on {self.node_of(name)} after {seconds:.3f} s")
        self.durations.append((fault, seconds))
        steps = next((f for f in reversed(self.status(name).get("failovers", [])) if f["attempt"] < self.attempt_of(name)), {})
        self.slowest = sorted([*self.slowest, (round(seconds, 3), fault, name, steps)], key=lambda each: -each[0])[:self.options.slowest]

    def heal(self, node):
        fault = self.broken.pop(node)
        self.say(f"end of {fault} on {node}")
        self.faults.end(fault, node)
        self.await_(lambda: self.ready(node), f"node {node} to come back after {fault}")

    def say(self, what):
        if self.options.tell:
            print(f"{time.monotonic() - self.began:.3f} {what}", file=sys.stderr)

    # What the watches know.
    def await_(self, holds, what):
        deadline = time.monotonic() + GIVE_UP_SECONDS
        with self.changed:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise grid_module.Failed(f"waited {GIVE_UP_SECONDS} s for {what}; broken: {self.broken}\n{self.tell()}")
                self.changed.wait(min(left, 1))

    def tell(self):
        return json.dumps({name: task.get("status", {}) for name, task in self.tasks.objects.items()}, indent=1)[:6000]

    def status(self, name):
        return self.tasks.objects.get(name, {}).get("status", {})

    def node_of(self, name):
        return self.status(name).get("nodeName", "")

    def attempt_of(self, name):
        return self.status(name).get("attempt", 0)

    def running(self, name):
        return self.status(name).get("phase") == "Running" and STAMP.unpack_from(self.maps[name], self.attempt_of(name) * STAMP.size)[0] > 0

    def ready(self, name):
        conditions = self.node_watch.objects.get(name, {}).get("status", {}).get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def granted(self, name):
        """Seconds that the node's agent may go by its lease without hearing from the control plane."""
        return self.node_watch.objects.get(name, {}).get("status", {}).get("lease", {}).get("grantedMilliseconds", 0) / 1000

    def judge(self):
        """Looks for two attempts of a Task that executed at once: a later one's first stamp before an earlier one's last."""
        overlaps, least_gap, attempts = [], None, 0
        for name, stamps in self.maps.items():
            latest, whose = 0, 0
            for attempt in range(1, min(MOST_ATTEMPTS, self.attempt_of(name) + 1)):
                first, last = STAMP.unpack_from(stamps, attempt * STAMP.size)
                if first == 0:
                    continue
                attempts += 1
                if latest:
                    gap = (first - latest) / 1e6
                    least_gap = gap if least_gap is None else min(least_gap, gap)
                    if gap < 0:
                        overlaps.append({"task": name, "attempts": [whose, attempt], "ms": round(-gap, 3), "at": round(first / 1e9 - self.began, 3)})
                if last > latest:
                    latest, whose = last, attempt
        times = sorted(seconds for fault, seconds in self.durations if "plane" not in fault)
        report = {"faults": self.faults_done, "kinds": dict(self.counts), "attempts": attempts, "overlaps": len(overlaps),
                  "leastGapMs": None if least_gap is None else round(least_gap, 2), "leaseSeconds": self.options.lease,
                  "moveSeconds": {"p50": percentile(times, 50), "p99": percentile(times, 99), "max": percentile(times, 100)},
                  "clockRate": self.options.clock_rate, "weather": self.options.weather, "storms": self.grid.weather.proxy.storms if self.grid.weather.proxy else 0,
                  "examples": overlaps[:5], "slowest": self.slowest}
        worst = collections.defaultdict(float)
        for fault, seconds in self.durations:
            worst[fault] = max(worst[fault], round(seconds, 3))
        report["worstSeconds"] = dict(worst)
        return report

    def tear_down(self):
        for watch in (getattr(self, "tasks", None), getattr(self, "node_watch", None)):
            if watch:
                watch.over = True
        for node in list(self.broken):
            try:
                self.faults.end(self.broken.pop(node), node)
            except (OSError, subprocess.CalledProcessError):
                pass
        for process in (*self.grid.agents.values(), self.grid.plane):
            send(process.popen.pid, signal.SIGCONT)
        keep = self.options.keep
        self.grid.weather.close()
        try:
            if keep:
                with contextlib.suppress(shutil.Error):  # agents still tidy up there
                    shutil.copytree(self.grid.folder, keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.stamps", "lease"))
            self.grid.close()
        finally:
            self.network.close()


def percentile(values, share):
    return round(values[min(len(values) - 1, len(values) * share // 100)], 3) if values else None


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--lease", type=float, default=1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no new fault after this long")
    parser.add_argument("--plane", type=int, default=25, help="kill or stop the control plane with every n-th fault; 0: never")
    parser.add_argument("--only", default="", help="these faults alone, comma-separated")
    parser.add_argument("--weather", default="", help="what is wrong all the time, comma-separated: " + ", ".join((*weather_module.KINDS, weather_module.ALL)))
    parser.add_argument("--task-user", default="", help="as whom the agents run the Tasks")
    parser.add_argument("--clock-rate", type=float, default=1, help="of the nodes; 0.99 is what a lease allows for")
    parser.add_argument("--slowest", type=int, default=3, help="show the control plane's record of so many of the slowest moves")
    parser.add_argument("--expect-overlaps", action="store_true", help="they must be seen")
    parser.add_argument("--without-deadman", action="store_true", help="the control run: overlaps must be seen")
    parser.add_argument("--tell", action="store_true", help="say what happens, and when, on stderr")
    parser.add_argument("--keep", default="", help="copy the grid's folder here at the end")
    return parser.parse_args()


def main():
    options = parse()
    if options.without_deadman:
        options.only = options.only or "agent-paused"
        options.plane = 0
        options.expect_overlaps = True
    report = Chaos(options).run()
    print(json.dumps(report))
    saw = report["overlaps"] > 0
    if saw != options.expect_overlaps:
        print("two attempts executed at once" if saw else "no overlap was seen: the checker is blind", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
