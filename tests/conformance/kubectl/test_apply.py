"""Declaring with stock kubectl: apply and its relatives, diff, kustomize, prune."""

import json
import os
import tempfile

import conformance


class ApplyTest(conformance.Test):
    def files(self, **files):
        """A folder with these files; "_" in a name stands for "."."""
        folder = tempfile.TemporaryDirectory(dir=self.grid.folder)
        self.addCleanup(folder.cleanup)
        for name, body in files.items():
            with open(os.path.join(folder.name, name.replace("_", ".")), "w", encoding="utf-8") as file:
                file.write(body if isinstance(body, str) else json.dumps(body))
        return folder.name

    def apply(self, *flags, **files):
        return self.kubectl("apply", "-f", self.files(**files), *flags)

    def names(self, selector):
        items = self.request("GET", self.path("configmaps", query="labelSelector=" + selector)).json["items"]
        return [item["metadata"]["name"] for item in items]

    def test_a_folder_is_created_then_unchanged_then_configured(self):
        one, two = conformance.task("one", suspend=True), conformance.task("two", suspend=True)
        files = {"a_json": one, "b_json": two, "readme_txt": "not a manifest"}
        self.assertEqual(self.apply(**files), "task.noizy.dev/one created\ntask.noizy.dev/two created\n")
        self.assertEqual(self.apply(**files), "task.noizy.dev/one unchanged\ntask.noizy.dev/two unchanged\n")
        two["spec"].update(priority=5, env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
        self.assertEqual(self.apply(**files), "task.noizy.dev/one unchanged\ntask.noizy.dev/two configured\n")
        del two["spec"]["priority"]
        self.assertIn("two configured", self.apply(**files))
        self.assertEqual(self.request("GET", self.path("tasks.noizy.dev", "two")).json["spec"]["priority"], 0)

    def test_last_applied(self):
        self.create("tasks.noizy.dev", conformance.task("made", suspend=True))
        manifest = os.path.join(self.files(a_json=conformance.task("made", suspend=True)), "a.json")
        self.kubectl("apply", "set-last-applied", "-f", manifest, code=1)
        self.assertIn("no last-applied-configuration annotation found", self.said)
        self.kubectl("apply", "set-last-applied", "--create-annotation", "-f", manifest)
        shown = json.loads(self.kubectl("apply", "view-last-applied", "task", "made", "-o", "json"))
        self.assertEqual(shown["spec"], {"exec": {"command": ["true"]}, "suspend": True})

    def test_dry_runs(self):
        body = {"a_json": conformance.task("dry")}
        self.assertEqual(self.apply("--dry-run=server", **body), "task.noizy.dev/dry created (server dry run)\n")
        self.assertEqual(self.apply("--dry-run=client", **body), "task.noizy.dev/dry created (dry run)\n")
        self.request("GET", self.path("tasks.noizy.dev", "dry"), code=404)

    def test_diff_tells_by_its_exit_code(self):
        body = conformance.task("differs", suspend=True)
        folder = self.files(a_json=body)
        self.assertIn("+kind: Task", self.kubectl("diff", "-f", folder, code=1))
        self.request("GET", self.path("tasks.noizy.dev", "differs"), code=404)
        self.kubectl("apply", "-f", folder)
        self.assertEqual(self.kubectl("diff", "-f", folder), "")
        body["spec"]["priority"] = 9
        changes = self.kubectl("diff", "-f", self.files(a_json=body), code=1)
        self.assertRegex(changes, r"(?m)^-  priority: 0\n\+  priority: 9$")
        self.assertEqual(self.request("GET", self.path("tasks.noizy.dev", "differs")).json["spec"]["priority"], 0)

    def test_prune_deletes_what_is_no_longer_declared(self):
        one, two = (conformance.config_map(name, {"set": "pruned"}) for name in ("one", "two"))
        prune = ("--prune", "-l", "set=pruned", "--prune-allowlist=core/v1/ConfigMap")
        self.apply(*prune, a_json=one, b_json=two)
        self.create("configmaps", conformance.config_map("other", {"set": "pruned"}))  # never applied, so never pruned
        self.assertIn("configmap/two pruned", self.apply(*prune, a_json=one))
        self.assertEqual(self.names("set=pruned"), ["one", "other"])

    def test_an_apply_set_knows_its_own(self):
        one, two = (conformance.config_map(name, {"set": "of-its-own"}) for name in ("s1", "s2"))
        apply = ("--prune", "--applyset=members")
        self.grid.env["KUBECTL_APPLYSET"] = "true"
        self.addCleanup(self.grid.env.pop, "KUBECTL_APPLYSET")
        self.apply(*apply, a_json=one, b_json=two)
        self.assertIn("configmap/s2 pruned", self.apply(*apply, a_json=one))
        self.assertEqual(self.names("set=of-its-own"), ["s1"])

    def test_kustomize(self):
        kustomization = {"resources": ["task.json"], "namePrefix": "pre-", "labels": [{"pairs": {"made": "by-kustomize"}}],
                         "configMapGenerator": [{"name": "generated", "literals": ["a=b"]}]}
        folder = self.files(kustomization_yaml=kustomization, task_json=conformance.task("k", suspend=True))
        said = self.kubectl("apply", "-k", folder)
        self.assertRegex(said, r"^configmap/pre-generated-[a-z0-9]+ created\ntask.noizy.dev/pre-k created\n$")
        self.assertEqual(len(self.names("made=by-kustomize")), 1)
        self.kubectl("delete", "-k", folder)
        self.assertEqual(self.names("made=by-kustomize"), [])

    def test_a_mistake_is_said_with_its_field_before_anything_is_sent(self):
        wrong = conformance.task("wrong", priorty=1)
        self.kubectl("apply", "-f", self.files(a_json=wrong), code=1)
        self.assertIn('unknown field "spec.priorty"', self.said)
        wrong = conformance.task("wrong", priority="high", suspend="yes")
        self.kubectl("apply", "--validate=false", "-f", self.files(a_json=wrong), code=1)
        self.assertRegex(self.said, r'The Task "wrong" is invalid: \n\* spec\.priority: .*\n\* spec\.suspend: ')
        nothing = {"apiVersion": "noizy.dev/v1", "kind": "Nothing", "metadata": {"name": "x"}}
        self.kubectl("apply", "--validate=false", "-f", self.files(a_json=nothing), code=1)
        self.assertIn('no matches for kind "Nothing" in version "noizy.dev/v1"', self.said)
