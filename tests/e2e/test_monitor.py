"""`noizy monitor` on a real terminal: it draws what the watches bring, obeys keys and the window's size, and gives the terminal back."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

import grid

SHOT = re.compile(rb"\x1b\[H(.*?)\x1b\[J", re.DOTALL)  # one drawing, from its first line to its last


class Viewer:
    """A monitor in a terminal of its own."""

    def __init__(self, environment, columns=120, rows=40):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.text = b""
        self.process = subprocess.Popen([grid.BINARY, "monitor"], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        env=environment, start_new_session=True)

    def resize(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys)

    def wait_for(self, wanted):
        """The first drawing from now on that `wanted` accepts, as lines without colours."""
        deadline = time.monotonic() + grid.STEP_SECONDS
        while time.monotonic() < deadline:
            self.read(deadline)
            for shot in SHOT.findall(self.text):
                lines = re.sub(rb"\x1b\[[0-9;]*[mK]", b"", shot).decode().split("\r\n")
                self.text = self.text[self.text.index(shot) + len(shot):]
                if wanted(lines):
                    return lines
        raise grid.Failed(f"not seen in time; last: {self.text[-2000:]!r}")

    def read(self, deadline):
        if select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
            self.text += os.read(self.master, 65536)

    def end(self):
        """The exit code, and all that was written until then."""
        deadline = time.monotonic() + grid.STEP_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(time.monotonic() + 0.05)
        code = self.process.wait(timeout=1)
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def has(*words):
    return lambda lines: any(all(word in line for word in words) for line in lines)


class MonitorTest(grid.GridTest):
    UP_FLAGS = ("--node-name", "here")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid.wait("condition=Ready", "node/here")

    def view(self, **more):
        viewer = Viewer(self.grid.env | {"TERM": "xterm"}, **more)
        self.addCleanup(viewer.close)
        return viewer

    def assert_given_back(self, viewer):
        self.assertEqual(termios.tcgetattr(viewer.slave), viewer.before)
        self.assertIn(b"\x1b[?25h\x1b[?1049l", viewer.text)

    def test_draws_what_happens_and_gives_the_terminal_back(self):
        viewer = self.view()
        viewer.wait_for(has("here", "Ready"))
        self.grid.apply(grid.task("busy", "exec sleep 600"))
        self.addCleanup(self.grid.noizy, "delete", "task/busy")
        viewer.wait_for(has("default/busy", "Running", "here"))
        self.grid.apply(grid.task("stuck", "true", nodeSelector={"no": "such"}))
        self.addCleanup(self.grid.noizy, "delete", "task/stuck")
        viewer.wait_for(has("default/stuck", "Pending", "node"))
        viewer.wait_for(has("> TASKS"))
        viewer.type(b"\t\t")
        viewer.wait_for(has("> EVENTS"))
        viewer.type(b"q")
        self.assertEqual(viewer.end(), 0)
        self.assert_given_back(viewer)

    def test_follows_the_windows_size(self):
        viewer = self.view(columns=100, rows=30)
        self.assertEqual(len(viewer.wait_for(has("NODES"))), 30)
        viewer.resize(40, 12)
        lines = viewer.wait_for(lambda shot: len(shot) == 12)
        self.assertLessEqual(max(map(len, lines)), 40)

    def test_gives_the_terminal_back_when_it_is_ended(self):
        for end in (b"\x03", signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(end=end):
                viewer = self.view()
                viewer.wait_for(has("NODES"))
                if isinstance(end, bytes):
                    viewer.type(end)
                else:
                    viewer.process.send_signal(end)
                self.assertEqual(viewer.end(), 0)
                self.assert_given_back(viewer)

    def test_draws_without_colours_where_they_are_not_wanted(self):
        viewer = self.view()  # NO_COLOR is the tests' own
        viewer.wait_for(has("NODES"))
        self.assertNotIn(b"m", b"".join(re.findall(rb"\x1b\[[0-9;]*([a-zA-Z])", viewer.text)))

    def test_prints_once_without_a_terminal(self):
        self.assertRegex(self.grid.noizy("monitor"), r"(?s)^noizy  https://.*\nNodes: 1 of 1 ready.*\n  here +Ready")
        self.assertNotIn("\x1b", self.grid.noizy("monitor", "--once"))


if __name__ == "__main__":
    unittest.main()
