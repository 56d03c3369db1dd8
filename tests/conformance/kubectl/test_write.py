"""Writing with stock kubectl: create, edit, replace, patch, label, annotate, delete, wait."""

import json
import os
import stat
import subprocess

import conformance
import grid


class WriteTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")  # nobody else writes

    def get(self, name, resource="configmaps", code=200):
        return self.request("GET", self.path(resource, name), code=code).json

    def script(self, name, text):
        """A program for kubectl to start: its own shell script."""
        path = os.path.join(self.grid.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, stat.S_IRWXU)
        return path

    def edit(self, *what, editor):
        # kubectl leaves the copy of a failed edit there.
        env = dict(self.grid.env, KUBE_EDITOR=self.script("editor", editor), TMPDIR=self.grid.folder)
        return subprocess.run([grid.KUBECTL, "-n", self.namespace, "edit", *what], env=env, capture_output=True, text=True,
                              timeout=grid.STEP_SECONDS, check=False)

    def test_create_refuses_what_is_there(self):
        made = json.dumps(conformance.task("created"))
        self.assertEqual(self.kubectl("create", "-f", "-", stdin=made), "task.noizy.dev/created created\n")
        self.kubectl("create", "-f", "-", stdin=made, code=1)
        self.assertIn('Error from server (AlreadyExists): error when creating "STDIN": tasks.noizy.dev "created" already exists', self.said)

    def test_create_asks_a_question(self):
        question = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                    "spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}}}
        self.assertEqual(self.kubectl("create", "-f", "-", "-o", "jsonpath={.status.allowed}", stdin=json.dumps(question)), "true")
        question["spec"]["verb"] = "get"
        self.kubectl("create", "-f", "-", stdin=json.dumps(question), code=1)
        self.assertIn('unknown field "verb" in io.k8s.authorization.v1.SelfSubjectAccessReview.spec', self.said)

    def test_create_with_a_generated_name(self):
        body = conformance.config_map("")
        body["metadata"] = {"generateName": "made-"}
        said = self.kubectl("create", "-f", "-", stdin=json.dumps(body))
        self.assertRegex(said, r"^configmap/made-[a-z0-9]{5} created\n$")

    def test_label_and_annotate(self):
        self.create("configmaps", conformance.config_map("labelled", {"a": "1"}))
        self.assertEqual(self.kubectl("label", "configmap", "labelled", "b=2", "a-"), "configmap/labelled labeled\n")
        self.assertEqual(self.get("labelled")["metadata"]["labels"], {"b": "2"})
        self.kubectl("label", "configmap", "labelled", "b=3", code=1)
        self.assertIn("already has a value (2), and --overwrite is false", self.said)
        self.kubectl("label", "configmaps", "--overwrite", "-l", "b=2", "b=3")
        self.kubectl("annotate", "configmap", "labelled", "note=x")
        found = self.get("labelled")["metadata"]
        self.assertEqual((found["labels"], found["annotations"]), ({"b": "3"}, {"note": "x"}))
        self.kubectl("label", "configmap", "labelled", "b=not/a/value", "--overwrite", code=1)

    def test_patches(self):
        self.create("configmaps", conformance.config_map("patched", one="1", two="2"))
        self.assertEqual(self.kubectl("patch", "configmap", "patched", "--type=merge", "-p", '{"data":{"one":null,"three":"3"}}'),
                         "configmap/patched patched\n")
        self.assertEqual(self.get("patched")["data"], {"two": "2", "three": "3"})
        operations = [{"op": "test", "path": "/data/two", "value": "2"}, {"op": "move", "from": "/data/two", "path": "/data/four"},
                      {"op": "copy", "from": "/data/four", "path": "/data/five"}, {"op": "replace", "path": "/data/three", "value": "33"}]
        self.kubectl("patch", "configmap", "patched", "--type=json", "-p", json.dumps(operations))
        self.assertEqual(self.get("patched")["data"], {"three": "33", "four": "2", "five": "2"})
        self.kubectl("patch", "configmap", "patched", "--type=json", "-p", json.dumps(operations), code=1)
        self.assertEqual(self.kubectl("patch", "configmap", "patched", "--type=merge", "-p", '{"data":{"four":"2"}}'),
                         "configmap/patched patched (no change)\n")

    def test_a_patch_of_the_status_leaves_the_spec(self):
        self.create("tasks.noizy.dev", conformance.task("stateful", suspend=True))
        self.kubectl("patch", "task", "stateful", "--subresource=status", "--type=merge", "-p", '{"status":{"message":"told"},"spec":{"suspend":false}}')
        found = self.get("stateful", "tasks.noizy.dev")
        self.assertEqual((found["status"]["message"], found["spec"]["suspend"]), ("told", True))

    def test_edit(self):
        self.create("tasks.noizy.dev", conformance.task("edited", suspend=True))
        done = self.edit("task", "edited", editor='sed -i "s/priority: 0/priority: 7/" "$1"\n')
        self.assertEqual(done.stdout, "task.noizy.dev/edited edited\n", done.stderr)
        self.assertEqual(self.get("edited", "tasks.noizy.dev")["spec"]["priority"], 7)
        self.assertIn("Edit cancelled, no changes made.", self.edit("task", "edited", editor="true\n").stderr)

    def test_an_edit_that_is_refused_is_shown_again_with_the_reason(self):
        self.create("tasks.noizy.dev", conformance.task("refused"))
        seen = os.path.join(self.grid.folder, "second-look")
        editor = f'if grep -q "priority: high" "$1"; then cp "$1" {seen}; else sed -i "s/priority: 0/priority: high/" "$1"; fi\n'
        self.assertEqual(self.edit("task", "refused", editor=editor).returncode, 1)
        with open(seen, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"# .*spec\.priority")

    def test_replace_wants_the_version_it_has_read(self):
        made = self.create("configmaps", conformance.config_map("replaced", colour="red"))
        changed = dict(made, data={"colour": "blue"})
        self.assertEqual(self.kubectl("replace", "-f", "-", stdin=json.dumps(changed)), "configmap/replaced replaced\n")
        self.kubectl("replace", "-f", "-", stdin=json.dumps(dict(changed, data={})), code=1)
        self.assertIn("Error from server (Conflict)", self.said)
        self.assertIn("the object has been modified; please apply your changes to the latest version and try again", self.said)
        forced = conformance.config_map("replaced", colour="forced")
        said = self.kubectl("replace", "--force", "-f", "-", stdin=json.dumps(forced))
        self.assertEqual(said, 'configmap "replaced" deleted\nconfigmap/replaced replaced\n')
        self.assertNotEqual(self.get("replaced")["metadata"]["uid"], made["metadata"]["uid"])

    def test_dry_runs_change_nothing(self):
        body = json.dumps(conformance.config_map("dry"))
        for how in ("client", "server"):
            said = self.kubectl("create", f"--dry-run={how}", "-f", "-", stdin=body)
            self.assertRegex(said, r"^configmap/dry created \((server )?dry run\)\n$")
        self.get("dry", code=404)
        self.create("configmaps", conformance.config_map("dry"))
        self.assertEqual(self.kubectl("delete", "configmap", "dry", "--dry-run=server"), 'configmap "dry" deleted (server dry run)\n')
        self.kubectl("label", "configmap", "dry", "a=b", "--dry-run=server")
        self.assertFalse(self.get("dry")["metadata"].get("labels"))


class DeleteTest(conformance.Test):
    def names(self):
        return [item["metadata"]["name"] for item in self.request("GET", self.path("configmaps")).json["items"]]

    def test_by_name_by_selector_and_all(self):
        for index in range(5):
            self.create("configmaps", conformance.config_map(f"m{index}", {"odd": str(index % 2)}))
        self.assertEqual(self.kubectl("delete", "configmap", "m0"), 'configmap "m0" deleted\n')
        self.assertEqual(self.kubectl("delete", "configmaps", "-l", "odd=1").splitlines(), ['configmap "m1" deleted', 'configmap "m3" deleted'])
        self.assertEqual(self.names(), ["m2", "m4"])
        self.kubectl("delete", "configmap", "m0", code=1)
        self.assertIn('Error from server (NotFound): configmaps "m0" not found', self.said)
        self.kubectl("delete", "configmap", "m0", "--ignore-not-found")
        self.kubectl("delete", "configmaps", "--all", "--wait=false")
        self.assertEqual(self.names(), [])

    def child(self, name, owner):
        body = conformance.config_map(name)
        body["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"],
                                                "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True}]
        return self.create("configmaps", body)

    def test_cascades(self):
        for how in ("background", "foreground", "orphan"):
            self.child(f"{how}-child", self.create("configmaps", conformance.config_map(how)))
            self.kubectl("delete", "configmap", how, f"--cascade={how}")
            child = f"configmap/{how}-child"
            if how == "orphan":
                left = self.request("GET", self.path("configmaps", "orphan-child")).json
                self.assertNotIn("ownerReferences", left["metadata"])
            else:
                self.kubectl("wait", "--for=delete", child, "--timeout=30s")

    def test_a_finalizer_keeps_an_object_until_it_goes(self):
        body = conformance.config_map("kept")
        body["metadata"]["finalizers"] = ["example.com/keep"]
        self.create("configmaps", body)
        self.kubectl("delete", "configmap", "kept", "--wait=false")
        self.assertIn("deletionTimestamp", self.request("GET", self.path("configmaps", "kept")).json["metadata"])
        self.kubectl("patch", "configmap", "kept", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]')
        self.request("GET", self.path("configmaps", "kept"), code=404)


class WaitTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def waiting(self, *arguments):
        wait = subprocess.Popen([grid.KUBECTL, "-n", self.namespace, "wait", "-v=6", "--timeout=60s", *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.grid.env, bufsize=0)
        self.addCleanup(wait.stdout.close)
        self.addCleanup(wait.stderr.close)
        self.addCleanup(wait.wait)
        return wait

    def finish(self, wait, said):
        grid.read_line(wait.stdout, said)
        self.assertEqual(wait.wait(grid.STEP_SECONDS), 0)

    def test_for_a_condition_a_value_and_the_end(self):
        self.create("tasks.noizy.dev", conformance.task("w", suspend=True))
        begun = "GET .*watch=true.* 200 OK"
        condition = self.waiting("--for=condition=Complete", "task/w")
        value = self.waiting("--for=jsonpath={.status.message}=here", "task/w")
        end = self.waiting("--for=delete", "task/w")
        for wait in (condition, value, end):
            grid.read_line(wait.stderr, begun)
        now = "2026-01-01T00:00:00Z"
        complete = {"type": "Complete", "status": "True", "reason": "Told", "message": "", "lastTransitionTime": now}
        status = {"message": "here", "observedGeneration": 1, "conditions": [complete]}
        self.request("PATCH", self.path("tasks.noizy.dev", "w/status"), {"status": status}, {"Content-Type": "application/merge-patch+json"})
        self.finish(condition, "^task.noizy.dev/w condition met$")
        self.finish(value, "^task.noizy.dev/w condition met$")
        self.kubectl("delete", "task", "w", "--wait=false")
        self.kubectl("patch", "task", "w", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.finish(end, "^task.noizy.dev/w condition met$")

    def test_for_its_creation_and_in_vain(self):
        made = self.waiting("--for=create", "configmap/late")
        grid.read_line(made.stderr, "GET .*configmaps/late.* 404")
        self.create("configmaps", conformance.config_map("late"))
        self.finish(made, "^configmap/late condition met$")
        self.kubectl("wait", "--for=condition=Ready", "configmap/late", "--timeout=100ms", code=1)
        self.assertIn("timed out waiting for the condition", self.said)
