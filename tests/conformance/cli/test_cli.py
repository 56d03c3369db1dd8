"""noizy's own command line beside stock kubectl: the same words, the same output, on the same server."""

import json
import os
import re
import stat
import subprocess

import conformance
import grid


def without_ages(text):
    """Ages differ by the second between two runs, and with them the width of their column."""
    return re.sub(r"\bAGE +", "AGE ", re.sub(r"\b\d+s\b *", "<age> ", text))


class CliTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def both(self, *arguments, code=0):
        """kubectl's output, after checking that noizy's is the same."""
        theirs, ours = (without_ages(run(*arguments, code=code)) for run in (self.kubectl, self.noizy))
        self.assertEqual(ours, theirs, arguments)
        return theirs

    def get(self, name, resource="tasks.noizy.dev", code=200):
        return self.request("GET", self.path(resource, name), code=code).json

    def manifest(self, *objects):
        return "\n---\n".join(json.dumps(one) for one in objects)


class ReadTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, colour in (("a", "red"), ("b", "blue")):
            body = conformance.task(name, {"colour": colour}, suspend=True)
            cls.client.request("POST", f"/apis/noizy.dev/v1/namespaces/{cls.namespace}/tasks", body)

    def test_explain_is_kubectls(self):
        for what in ("task", "task.spec", "task.spec.retry", "task.spec.failover", "task.spec.env.valueFrom", "task.metadata",
                     "node.status.conditions", "configmap.data", "lease.spec", "tasks.spec.resources"):
            self.both("explain", what)
            self.both("explain", what, "--recursive")

    def test_get_is_kubectls(self):
        for how in ("name", "json", "yaml", "wide", "jsonpath={.items[*].metadata.name}", "custom-columns=N:.metadata.name,C:.metadata.labels.colour"):
            self.both("get", "tasks", "-o", how)
        for flags in (("-l", "colour=red"), ("--show-labels",), ("-L", "colour"), ("--no-headers",), ("tasks/a", "-o", "yaml")):
            self.both("get", *(flags if flags[0] == "tasks/a" else ("tasks", *flags)))

    def test_sorted_gets_and_subresources_are_kubectls(self):
        for order in (".metadata.name", "{.metadata.labels.colour}", ".spec.priority", ".metadata.creationTimestamp"):
            self.both("get", "tasks", "--sort-by", order)
            self.both("get", "tasks", "--sort-by", order, "-o", "name")
        self.assertEqual(self.both("get", "tasks", "--sort-by=.metadata.labels.colour", "-o", "name"), "task.noizy.dev/b\ntask.noizy.dev/a\n")
        self.both("get", "task/a", "--subresource=status", "-o", "json")
        self.both("get", "task", "a", "--subresource=status")

    def test_api_resources_is_kubectls(self):
        theirs = self.kubectl("api-resources", "-o", "name").split()
        self.assertEqual(sorted(self.noizy("api-resources", "-o", "name").split()), sorted(theirs))

    def test_events_and_describe(self):
        made = self.get("a")
        about = {"apiVersion": "noizy.dev/v1", "kind": "Task", "name": "a", "namespace": self.namespace, "uid": made["metadata"]["uid"]}
        now = "2026-01-01T00:00:00Z"
        self.create("events", {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "a.1"}, "involvedObject": about, "type": "Warning",
                               "reason": "Odd", "message": "It looked odd", "firstTimestamp": now, "lastTimestamp": now})
        self.assertRegex(self.noizy("events", "--for", "task/a"), r"Warning +Odd +task/a +It looked odd")
        self.assertIn("It looked odd", self.noizy("describe", "task", "a"))

    def test_events_are_followed(self):
        event = {"apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "followed-"}, "type": "Normal", "message": "m",
                 "involvedObject": {"kind": "Task", "name": "followed", "namespace": self.namespace}}
        self.create("events", {**event, "reason": "First"})
        arguments = [grid.BINARY, "events", "--for", "task/followed", "-w", "--no-headers", "-n", self.namespace]
        follower = subprocess.Popen(arguments, stdout=subprocess.PIPE, env=self.grid.env, bufsize=0)
        try:
            grid.read_line(follower.stdout, r"Normal +First +task/followed +m")
            self.create("events", {**event, "reason": "Second"})
            grid.read_line(follower.stdout, r"Normal +Second +task/followed +m")
        finally:
            follower.kill()
            follower.wait()
            follower.stdout.close()

    def test_completion_knows_commands_kinds_and_names(self):
        script = self.noizy("completion", "bash")
        ask = ('COMP_WORDS=(noizy get tasks -n %s ""); COMP_CWORD=5; _noizy; echo "${COMPREPLY[@]}"; '
               'COMP_WORDS=(noizy expl); COMP_CWORD=1; _noizy; echo "${COMPREPLY[@]}"; '
               'COMP_WORDS=(noizy get no); COMP_CWORD=2; _noizy; echo "${COMPREPLY[@]}"') % self.namespace
        env = dict(self.grid.env, PATH=os.path.dirname(grid.BINARY) + ":" + self.grid.env["PATH"])
        done = subprocess.run(["bash", "-c", script + ask], env=env, capture_output=True, text=True, timeout=grid.STEP_SECONDS, check=True)
        self.assertEqual(done.stdout.splitlines(), ["a b", "explain", "nodes"])

    def test_mistakes_are_one_line(self):
        for arguments, code in ((("get", "task", "none"), 1), (("explain", "task.colour"), 1), (("get", "widgets"), 1), (("scale", "task", "a"), 2),
                                (("patch", "task", "a", "-p", '{"spec":{"priority":"x"}}'), 1), (("get", "tasks", "--colour"), 2)):
            self.noizy(*arguments, code=code)
            self.assertRegex(self.said, r"^error: .*\n$", arguments)


class WriteTest(CliTest):
    def test_apply_and_diff_understand_what_kubectl_applied(self):
        body = conformance.task("shared", suspend=True)
        self.kubectl("apply", "-f", "-", stdin=self.manifest(body))
        self.assertEqual(self.noizy("apply", "-f", "-", stdin=self.manifest(body)), "task.noizy.dev/shared unchanged\n")
        self.assertEqual(self.noizy("diff", "-f", "-", stdin=self.manifest(body)), "")
        body["spec"]["priority"] = 3
        changes = self.noizy("diff", "-f", "-", stdin=self.manifest(body), code=1)
        self.assertRegex(changes, r"(?m)^-  priority: 0\n\+  priority: 3$")
        self.noizy("apply", "-f", "-", stdin=self.manifest(body))
        self.assertEqual(self.kubectl("apply", "-f", "-", stdin=self.manifest(body)), "task.noizy.dev/shared unchanged\n")

    def test_server_side_apply_and_diff(self):
        body = conformance.config_map("owned", a="1")
        apply = ("apply", "--server-side", "-f", "-")
        self.assertEqual(self.noizy(*apply, stdin=self.manifest(body)), "configmap/owned serverside-applied\n")
        self.assertEqual(self.noizy("diff", "--server-side", "-f", "-", stdin=self.manifest(body)), "")
        body["data"]["a"] = "2"
        changes = self.noizy("diff", "--server-side", "-f", "-", stdin=self.manifest(body), code=1)
        self.assertRegex(changes, r'(?m)^-  a: "1"\n\+  a: "2"$')
        self.noizy(*apply, "--field-manager=other", stdin=self.manifest(body), code=1)
        self.assertIn('conflict with "noizy": .data.a', self.said)
        self.noizy(*apply, "--field-manager=other", "--force-conflicts", stdin=self.manifest(body))
        found = self.get("owned", "configmaps")
        self.assertEqual(found["data"], {"a": "2"})
        self.assertEqual({entry["manager"]: entry["operation"] for entry in found["metadata"]["managedFields"]}["other"], "Apply")
        said = self.noizy(*apply, "--dry-run=server", "--field-manager=other", stdin=self.manifest(body))
        self.assertEqual(said, "configmap/owned serverside-applied (server dry run)\n")

    def test_create_takes_what_has_no_name(self):
        question = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                    "spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}}}
        self.assertEqual(self.noizy("create", "-f", "-", stdin=self.manifest(question)),
                         "selfsubjectaccessreview.authorization.k8s.io/<unknown> created\n")
        self.assertEqual(self.noizy("create", "-f", "-", "-o", "jsonpath={.status.allowed}", stdin=self.manifest(question)), "true")
        named = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "made-"}}
        self.assertRegex(self.noizy("create", "-f", "-", stdin=self.manifest(named)), r"^configmap/made-[a-z0-9]{5} created\n$")
        self.noizy("apply", "-f", "-", stdin=self.manifest(named), code=1)
        self.assertIn("metadata.name is missing", self.said)

    def test_a_status_is_patched_apart(self):
        self.create("tasks.noizy.dev", conformance.task("patched", suspend=True))
        patch = '{"status": {"phase": "Failed"}, "spec": {"priority": 9}}'
        self.assertEqual(self.noizy("patch", "task", "patched", "--subresource=status", "-p", patch), "task.noizy.dev/patched patched\n")
        found = self.get("patched")
        self.assertEqual((found["status"]["phase"], found["spec"]["priority"]), ("Failed", 0))

    def test_prune(self):
        one, two = (conformance.config_map(name, {"set": "x"}) for name in ("one", "two"))
        self.noizy("apply", "--prune", "-l", "set=x", "-f", "-", stdin=self.manifest(one, two))
        said = self.noizy("apply", "--prune", "-l", "set=x", "-f", "-", stdin=self.manifest(one))
        self.assertEqual(said, "configmap/one unchanged\nconfigmap/two pruned\n")
        self.get("two", "configmaps", code=404)

    def test_edit(self):
        self.create("tasks.noizy.dev", conformance.task("edited", suspend=True))
        editor = os.path.join(self.grid.folder, "noizy-editor")
        with open(editor, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nsed -i "s/priority: 0/priority: 7/" "$2"\n')
        os.chmod(editor, stat.S_IRWXU)
        env = dict(self.grid.env, NOIZY_EDITOR=editor + " --wait")
        done = subprocess.run([grid.BINARY, "edit", "task", "edited", "-n", self.namespace], env=env, capture_output=True, text=True,
                              timeout=grid.STEP_SECONDS, check=False)
        self.assertEqual(done.stdout, "task.noizy.dev/edited edited\n", done.stderr)
        self.assertEqual(self.get("edited")["spec"]["priority"], 7)

    def test_label_annotate_patch_replace_create(self):
        self.assertEqual(self.noizy("create", "-f", "-", stdin=self.manifest(conformance.task("w", suspend=True))), "task.noizy.dev/w created\n")
        self.assertEqual(self.noizy("label", "task", "w", "a=b"), "task.noizy.dev/w labeled\n")
        self.assertEqual(self.noizy("annotate", "task", "w", "a=b"), "task.noizy.dev/w annotated\n")
        self.assertEqual(self.noizy("patch", "task", "w", "-p", "spec: {priority: 2}"), "task.noizy.dev/w patched\n")
        found = self.get("w")
        self.assertEqual((found["metadata"]["labels"], found["metadata"]["annotations"], found["spec"]["priority"]), ({"a": "b"}, {"a": "b"}, 2))
        found["spec"]["priority"] = 5
        self.assertEqual(self.noizy("replace", "-f", "-", stdin=self.manifest(found)), "task.noizy.dev/w replaced\n")
        self.assertEqual(self.get("w")["spec"]["priority"], 5)

    def test_dry_runs(self):
        for how in ("client", "server"):
            said = self.noizy("apply", f"--dry-run={how}", "-f", "-", stdin=self.manifest(conformance.task("dry")))
            self.assertRegex(said, r"^task.noizy.dev/dry created \((server )?dry run\)\n$")
        self.get("dry", code=404)


class NodesTest(conformance.Test):
    UP_FLAGS = ("--node-name", "local")

    def test_cordon_top_and_uncordon(self):
        self.grid.wait("condition=Ready", "node/local")
        self.assertEqual(self.noizy("cordon", "local"), "node.noizy.dev/local cordoned\n")
        self.assertEqual(self.noizy("cordon", "local"), "node.noizy.dev/local already cordoned\n")
        self.assertEqual(self.noizy("uncordon", "local"), "node.noizy.dev/local uncordoned\n")
        self.grid.wait("jsonpath={.status.usage.observedTime}", "node/local")
        self.assertRegex(self.noizy("top", "nodes"), r"(?m)^local +\d+m +\d+% +\d+Mi +\d+% ")
        self.create("tasks.noizy.dev", conformance.task("busy", exec={"command": ["tail", "-f", "/dev/null"]},
                                                        resources={"requests": {"cpu": "100m", "memory": "16Mi"}}))
        self.noizy("wait", "--for=jsonpath={.status.phase}=Running", "task/busy", "--timeout=60s")
        self.assertRegex(self.noizy("top", "tasks"), r"(?m)^busy +local +100m +16Mi +\d+")


del CliTest  # has no tests of its own
