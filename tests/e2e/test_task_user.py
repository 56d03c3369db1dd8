"""Tasks that run as another user than their agent, or apart from it as the same one: what they cannot do, and that all else goes on as it does."""

import os
import pwd
import shutil
import subprocess
import unittest

import grid

STRANGER = "nobody"
TRIALS = """
for file in {files}; do cat $file 2> /dev/null && echo "read $file"; done
for pid in {pids}; do kill -0 $pid 2> /dev/null && echo "reached $pid"; done
grep -E '^(Cap|NoNewPrivs)' /proc/self/status | sort -u
unshare --user true 2> /dev/null && echo namespace
id -un
"""
NO_PRIVILEGE = "".join(f"Cap{name}:\t{0:016x}\n" for name in ("Amb", "Bnd", "Eff", "Inh", "Prm")) + "NoNewPrivs:\t1\n"


def can_confine():
    """Whether root's rights are here, and not a container's part of them."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--pid", "--mount", "--fork", "true"], check=False, capture_output=True).returncode == 0


def can_nest():
    """Whether users without rights may make user namespaces."""
    return subprocess.run(["setpriv", f"--reuid={STRANGER}", "--clear-groups", "unshare", "--user", "--pid", "--mount", "--fork", "true"],
                          check=False, capture_output=True).returncode == 0


@unittest.skipUnless(can_confine(), "this takes root")
class TaskUserTest(grid.GridTest):
    UP_FLAGS = ("--task-user", STRANGER, "--node-name", "plane", "--model-server", "none")

    def attempt(self, node, name):
        """The output of a Task that tries to get at the agent of `node`, and at who runs it."""
        identity = os.path.join(self.grid.data_dir, "agent") if node == "plane" else os.path.join(self.grid.folder, "agent-" + node)
        files = [os.path.join(identity, "identity/node.key"), self.grid.kubeconfig, os.path.join(self.grid.data_dir, "pki/ca_key.pem")]
        for file in files[:2]:
            self.assertTrue(os.path.exists(file), file)
        agent = self.grid.plane if node == "plane" else self.grid.agents[node]
        script = TRIALS.format(files=" ".join(files), pids=f"{agent.popen.pid} {os.getpid()}")
        self.grid.apply(grid.task(name, script, nodeName=node))
        self.grid.wait("jsonpath={.status.phase}=Succeeded", "task/" + name)
        return self.grid.noizy("logs", name)

    def test_a_task_cannot_get_at_its_agent(self):
        self.assertEqual(self.attempt("plane", "attacker"), NO_PRIVILEGE + STRANGER + "\n")

    @unittest.skipUnless(can_nest(), "users may not make user namespaces here")
    def test_nor_at_an_agent_of_the_same_user(self):
        owner = pwd.getpwnam(STRANGER)
        os.chmod(self.grid.folder, 0o711)
        program = os.path.join(self.grid.folder, "noizy")  # where everybody may run it
        shutil.copy(grid.BINARY, program)
        # As deploy/systemd has it: in a user namespace, and with a /proc that a namespace of its own may not show anew.
        place = 'mount --bind /proc/sys /proc/sys && shift && exec setpriv --reuid={} --regid={} --clear-groups unshare --user --map-current-user {} "$@"'
        run_by = ["unshare", "--mount", "sh", "-c", place.format(owner.pw_uid, owner.pw_gid, program), "sh"]
        folder = os.path.join(self.grid.folder, "agent-plain")
        os.mkdir(folder, 0o700)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.grid.add_agent("plain", "--task-user", STRANGER, "--model-server", "none", run_by=run_by)
        self.assertEqual(self.attempt("plain", "same-user"), NO_PRIVILEGE + STRANGER + "\n")

    def test_a_restarted_agent_finds_its_tasks(self):
        agent = self.grid.add_agent("restarted", "--task-user", STRANGER, "--model-server", "none")
        for name in ("waits", "stopped"):
            self.grid.apply(grid.task(name, "until test -e go; do sleep 0.05; done; echo went on", nodeName="restarted"))
            self.grid.wait("jsonpath={.status.phase}=Running", "task/" + name)
        agent.kill()
        self.grid.add_agent("restarted", "--task-user", STRANGER, "--model-server", "none")
        self.grid.noizy("delete", "task/stopped", f"--timeout={grid.STEP_SECONDS}s")
        uid = self.grid.get("task/waits")["metadata"]["uid"]
        with open(os.path.join(self.grid.folder, "agent-restarted/attempts", uid + "-1/work/go"), "w", encoding="utf-8"):
            pass
        self.grid.wait("jsonpath={.status.phase}=Succeeded", "task/waits")
        self.assertEqual(self.grid.noizy("logs", "waits"), "went on\n")
        self.assertEqual(len(self.grid.get("task/waits")["status"]["attempts"]), 1)

    def test_who_it_cannot_be_is_told(self):
        for user, words in (("root", "as root"), ("no-such-user", 'no user "no-such-user"')):
            done = subprocess.run([grid.BINARY, "agent", "--data-dir", os.path.join(self.grid.folder, "none"), "--task-user", user],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
