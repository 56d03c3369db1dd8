"""A grid in one file and back: copied while it is written to, restored elsewhere, started with its agents and all its objects."""

import base64
import json
import os
import subprocess
import tarfile
import threading
import unittest

import grid

CLEAR = "correct-horse-battery-staple"


def secret(name):
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": CLEAR + name}})


class Writer:
    """Writes ConfigMaps one after the other until it is stopped; knows which were acknowledged."""

    def __init__(self, plane):
        self.plane = plane
        self.names = []
        self.ends = threading.Event()
        self.some = threading.Event()
        self.thread = threading.Thread(target=self.write)
        self.thread.start()

    def write(self):
        while not self.ends.is_set():
            name = f"note-{len(self.names)}"
            body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
            done = subprocess.run([grid.BINARY, "create", "-f", "-"], input=body, capture_output=True, text=True, env=self.plane.env, check=False)
            if done.returncode == 0:
                self.names.append(name)
                if len(self.names) == 5:
                    self.some.set()

    def stop(self):
        self.ends.set()
        self.thread.join()
        return self.names


class BackupTest(unittest.TestCase):
    def setUp(self):
        self.plane = grid.Grid("--no-agent")
        self.addCleanup(self.plane.close)
        self.passphrase = os.path.join(self.plane.folder, "passphrase")
        with open(self.passphrase, "w", encoding="ascii") as file:
            file.write("open sesame\n")
        self.file = os.path.join(self.plane.folder, "backup.tar")

    def backup(self, *flags, code=0):
        return self.plane.noizy("backup", self.file, "--data-dir", self.plane.data_dir, "--passphrase-file", self.passphrase, *flags, code=code)

    def restore(self, folder, *flags, code=0):
        return self.plane.noizy("restore", self.file, "--data-dir", folder, "--passphrase-file", self.passphrase, *flags, code=code)

    def objects(self):
        """name → uid and spec or data of everything that people made."""
        found = {}
        for kind in ("tasks", "secrets", "configmaps", "nodes"):
            for item in self.plane.get(kind)["items"]:
                found[kind, item["metadata"]["name"]] = (item["metadata"]["uid"], item.get("spec"), item.get("data"))
        return found

    def test_a_grid_is_copied_while_it_works_and_lives_on_elsewhere(self):
        agent = self.plane.add_agent("worker")
        self.plane.apply(secret("db"))
        self.plane.apply(grid.task("done", "echo hello"))
        self.plane.wait("jsonpath={.status.phase}=Succeeded", "task/done")
        before = self.objects()
        writer = Writer(self.plane)
        self.assertTrue(writer.some.wait(grid.STEP_SECONDS))
        acknowledged = list(writer.names)
        self.assertRegex(self.backup(), r"rows up to revision \d+, and the keys under the passphrase\n")
        writer.stop()
        after = self.plane.get("task", "done")["metadata"]["resourceVersion"]
        self.check_file()

        self.plane.plane.stop()
        self.plane.data_dir = os.path.join(self.plane.folder, "restored")
        self.plane.env["KUBECONFIG"] = self.plane.kubeconfig
        self.assertIn("revisions go on from 1000000", self.restore(self.plane.data_dir))
        self.plane.start()
        restored = self.objects()
        for key, value in before.items():
            self.assertEqual(restored[key], value)
        for name in acknowledged:
            self.assertIn(("configmaps", name), restored)
        self.assertEqual(base64.b64decode(restored["secrets", "db"][2]["password"]).decode(), CLEAR + "db")

        # The agent comes back by itself, and works.
        self.plane.apply(grid.task("next", "echo again"))
        self.plane.wait("jsonpath={.status.phase}=Succeeded", "task/next")
        self.assertIsNone(agent.popen.poll())
        self.assertGreater(int(self.plane.get("task", "next")["metadata"]["resourceVersion"]), int(after))
        gone = self.plane.run(grid.KUBECTL, "get", "--raw", f"/apis/noizy.dev/v1/tasks?watch=true&resourceVersion={after}", code=None)
        self.assertIn("too old", (gone + self.plane.last.stderr).lower())

    def check_file(self):
        with open(self.file, "rb") as file:
            content = file.read()
        for clear in (CLEAR.encode(), base64.b64encode(CLEAR.encode())[:-4], b"PRIVATE KEY", b"client-key-data", b"noizy-secret-keys"):
            self.assertNotIn(clear, content)
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        with tarfile.open(self.file) as archive:
            self.assertEqual(archive.getnames(), ["manifest.json", "store/noizy.db", "keys.sealed"])
            manifest = json.load(archive.extractfile("manifest.json"))
        self.assertEqual(manifest["format"], "noizy-backup/1")

    def test_what_may_have_run_since_is_held(self):
        nowhere = {"nodeSelector": {"is": "not-here"}}
        self.plane.apply(grid.task("careful", "true", failover="AtMostOnce", **nowhere))
        self.plane.apply(grid.task("careless", "true", **nowhere))
        self.backup()
        self.plane.plane.stop()
        self.restore(self.plane.data_dir, "--force")
        self.plane.start()
        self.assertTrue(self.plane.get("task", "careful")["spec"]["suspend"])
        self.assertFalse(self.plane.get("task", "careless")["spec"].get("suspend", False))
        self.assertRegex(self.plane.noizy("describe", "task", "careful"), r"Restored.*whether this Task ran after that is not known")
        # Once: who has looked and lets it run is not asked again.
        self.plane.noizy("patch", "task", "careful", "--type", "merge", "-p", '{"spec": {"suspend": false}}')
        self.plane.plane.stop()
        self.plane.start()
        self.assertFalse(self.plane.get("task", "careful")["spec"].get("suspend", False))

    def test_what_had_a_node_is_not_run_again_without_a_word(self):
        self.plane.add_agent("worker")
        self.plane.apply(grid.task("careful", "sleep 600", failover="AtMostOnce"))
        self.plane.wait("jsonpath={.status.phase}=Running", "task/careful")
        self.backup()
        # What the backup does not know: it was ended, and with that done.
        self.plane.noizy("delete", "task", "careful")
        self.plane.plane.stop()
        self.restore(self.plane.data_dir, "--force")
        self.plane.start()
        self.plane.wait("jsonpath={.status.reason}=Suspended", "task/careful")
        self.assertEqual(self.plane.get("task", "careful")["status"]["attempts"][0]["number"], 1)
        self.plane.noizy("patch", "task", "careful", "--type", "merge", "-p", '{"spec": {"suspend": false}}')
        self.plane.wait("jsonpath={.status.phase}=Running", "task/careful")
        self.assertGreater(self.plane.get("task", "careful")["status"]["attempt"], 1_000_000)

    def test_only_administrators_copy_the_store(self):
        for who in (("--as=jane", "--as-group=system:authenticated"), ("--as=system:node:worker", "--as-group=system:nodes")):
            self.plane.kubectl("get", "--raw", "/noizy/v1/store", *who, code=1)
            self.assertIn("Forbidden", self.plane.last.stderr)

    def test_what_a_restore_refuses(self):
        self.backup()
        self.restore(self.plane.data_dir, "--force", code=1)
        self.assertIn("is in use by the server", self.plane.last.stderr)
        self.plane.plane.stop()
        self.restore(self.plane.data_dir, code=1)
        self.assertIn("is not empty", self.plane.last.stderr)
        folder = os.path.join(self.plane.folder, "new")
        self.plane.noizy("restore", self.file, "--data-dir", folder, code=1)
        self.assertIn("take a passphrase", self.plane.last.stderr)
        with open(self.file, "r+b") as file:
            file.seek(9000)
            file.write(b"damage")
        self.restore(folder, code=1)
        self.assertIn("does not match its checksum", self.plane.last.stderr)
        self.assertFalse(os.path.exists(folder))

    def test_a_stopped_grid_and_one_without_keys(self):
        self.plane.apply(secret("db"))
        self.plane.noizy("backup", self.file)
        self.assertIn("without the keys", self.plane.noizy("backup", self.file))
        self.plane.noizy("backup", self.file, "--data-dir", self.plane.data_dir, code=1)
        self.assertIn("give a passphrase", self.plane.last.stderr)
        self.plane.plane.stop()
        self.assertIn("without the keys", self.backup("--without-keys"))
        self.assertIn("Payloads that were streamed", self.plane.last.stderr)
        folder = os.path.join(self.plane.folder, "new")
        self.restore(folder)
        self.assertIn("The backup holds no keys", self.plane.last.stderr)
        self.plane.noizy("apiserver", "--data-dir", folder, "--https-port", "0", "--grpc-port", "0", code=1)
        self.assertIn("put back the file", self.plane.last.stderr)
        self.assertIn("what was there before is in", self.restore(self.plane.data_dir, "--force"))


if __name__ == "__main__":
    unittest.main()
