"""Secrets on the disk of a real grid: nothing of them is readable in any file, log or message; the key rotates; without it nothing starts."""

import base64
import json
import os
import shutil
import tempfile
import time
import unittest

import grid

CLEAR = "correct-horse-battery-staple"
ENCODED = base64.b64encode(CLEAR.encode()).decode()


def secret(name, value=CLEAR):
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": value}})


def argument_lists():
    """The command line of every process there is."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                yield file.read()
        except OSError:
            continue


class SecretsAtRestTest(unittest.TestCase):
    def start(self, *flags):
        plane = grid.Grid("--no-agent", *flags)
        self.addCleanup(plane.close)
        return plane

    def files_with_clear_text(self, folder):
        """Names of all files below `folder` that hold the Secret's value as people write it or as the API does."""
        return self.files_with(folder, CLEAR) + self.files_with(folder, ENCODED)

    def files_with(self, folder, text):
        found = []
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                if not os.path.isfile(path):
                    continue
                with open(path, "rb") as file:
                    if text.encode() in file.read():
                        found.append(name)
        return found

    def read_back(self, plane, name):
        return base64.b64decode(plane.get("secret", name)["data"]["password"]).decode()

    def test_no_file_of_a_running_or_stopped_grid_shows_a_secret(self):
        plane = self.start("--log-level", "debug")
        plane.apply(secret("db"))
        plane.apply(secret("db", CLEAR + "2"))
        plane.apply(secret("gone"))
        plane.noizy("delete", "secret", "gone")
        self.assertEqual(self.files_with_clear_text(plane.folder), [])
        plane.plane.stop()
        self.assertEqual(self.files_with_clear_text(plane.folder), [])
        self.assertEqual(os.stat(os.path.join(plane.data_dir, "secrets.key")).st_mode & 0o777, 0o600)
        plane.start()
        self.assertEqual(self.read_back(plane, "db"), CLEAR + "2")

    def test_what_people_look_at_does_not_show_a_secret(self):
        plane = self.start()
        plane.apply(secret("db"))
        for command in (("describe", "secret", "db"), ("get", "secret", "db"), ("get", "secrets", "-o", "wide"), ("events",)):
            shown = plane.noizy(*command)
            self.assertNotIn(CLEAR, shown, command)
            self.assertNotIn(ENCODED, shown, command)

    def test_a_task_gets_its_secret_and_nobody_else_does(self):
        """With all bodies in the audit log, everything logged, and the Task running: files, argument lists, Events and the Task's own record."""
        policy = os.path.join(tempfile.mkdtemp(), "policy.yaml")
        self.addCleanup(shutil.rmtree, os.path.dirname(policy))
        with open(policy, "w", encoding="ascii") as file:
            file.write('{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "RequestResponse"}]}')
        audit = os.path.join(os.path.dirname(policy), "audit.log")
        plane = grid.Grid("--node-name", "here", "--log-level", "debug", "--audit-log-path", audit, "--audit-policy-file", policy)
        self.addCleanup(plane.close)
        plane.apply(secret("db"))
        variable = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}
        plane.apply(grid.task("user", f'test "$PASSWORD" = "$(printf %s {ENCODED} | base64 -d)" && echo knows && sleep 600', env=[variable]))
        plane.wait("jsonpath={.status.phase}=Running", "task/user")
        deadline = time.monotonic() + grid.STEP_SECONDS
        while "knows" not in plane.noizy("logs", "user"):
            self.assertLess(time.monotonic(), deadline)
        # The Task's own script holds the encoded value: looked for is what only the Secret says.
        found = [name for place in (plane.folder, os.path.dirname(policy)) for name in self.files_with(place, CLEAR)]
        self.assertEqual(found, [])
        self.assertEqual([line for line in argument_lists() if CLEAR in line], [])
        for command in (("events",), ("describe", "task", "user"), ("get", "task", "user", "-o", "yaml"), ("get", "events", "-o", "json"), ("why", "task/user")):
            self.assertNotIn(CLEAR, plane.noizy(*command), command)
        with open(audit, encoding="utf-8") as file:
            self.assertIn('"resource":"secrets"', file.read(), "or this test proves nothing")

    def test_the_key_rotates_on_a_stopped_grid_and_no_other_opens_it(self):
        plane = self.start()
        plane.apply(secret("db"))
        key_file = os.path.join(plane.data_dir, "secrets.key")
        plane.noizy("secrets", "rotate-key", "--data-dir", plane.data_dir, code=1)
        self.assertIn("is in use by the server with process id", plane.last.stderr)
        plane.plane.stop()
        with open(key_file, "rb") as file:
            old = file.read()
        self.assertRegex(plane.noizy("secrets", "rotate-key", "--data-dir", plane.data_dir), r"^\d+ Secrets are sealed with a new key in ")
        with open(key_file, "rb") as file:
            new = file.read()
        self.assertNotEqual(old, new)
        for wrong in (old, None):
            os.remove(key_file)
            if wrong is not None:
                with open(os.open(key_file, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                    file.write(wrong)
            plane.noizy("apiserver", "--data-dir", plane.data_dir, "--https-port", "0", "--grpc-port", "0", code=1)
            self.assertIn(f"is not in {key_file}: put back the file", plane.last.stderr)
            with open(os.open(key_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
                file.write(new)
        plane.start()
        self.assertEqual(self.read_back(plane, "db"), CLEAR)

    def test_the_keys_are_kept_under_a_passphrase(self):
        plane = self.start()
        plane.apply(secret("db"))
        plane.plane.stop()
        passphrase = os.path.join(plane.folder, "passphrase")
        with open(passphrase, "w", encoding="ascii") as file:
            file.write("open sesame\n")
        plane.up_flags += ["--secrets-passphrase-file", passphrase]
        plane.start()
        self.assertEqual(self.read_back(plane, "db"), CLEAR)
        plane.plane.stop()
        plane.noizy("apiserver", "--data-dir", plane.data_dir, "--https-port", "0", "--grpc-port", "0", code=1)
        self.assertIn("secrets.key: these keys take a passphrase", plane.last.stderr)


if __name__ == "__main__":
    unittest.main()
