"""Server-side apply: who owns which field, as stock kubectl shows it and raw requests see it."""

import json

import conformance

APPLY = {"Content-Type": "application/apply-patch+yaml"}


class OwnershipTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")  # nobody else writes

    def apply(self, body, manager="one", code=200, more=""):
        name = body["metadata"]["name"]
        query = f"fieldManager={manager}{more}"
        return self.request("PATCH", self.path("configmaps", name, query), body, APPLY, code=code).json

    def kubectl_apply(self, body, *flags, **options):
        return self.kubectl("apply", "--server-side", "-f", "-", *flags, stdin=json.dumps(body), **options)

    def get(self, name):
        return self.request("GET", self.path("configmaps", name)).json

    def owners(self, name):
        """{(manager, operation): fields of data}; without those that applied nothing but metadata."""
        entries = self.get(name)["metadata"].get("managedFields", [])
        fields = {(entry["manager"], entry["operation"]): sorted(entry["fieldsV1"].get("f:data", {})) for entry in entries}
        return {owner: owned for owner, owned in fields.items() if owned or owner[1] == "Update"}

    def test_create_change_and_drop(self):
        body = conformance.config_map("a", one="1", two="2")
        self.assertEqual(self.kubectl_apply(body), "configmap/a serverside-applied\n")
        self.assertEqual(self.owners("a"), {("kubectl", "Apply"): ["f:one", "f:two"]})
        version = self.get("a")["metadata"]["resourceVersion"]
        self.kubectl_apply(body)
        self.assertEqual(self.get("a")["metadata"]["resourceVersion"], version, "a second time writes nothing")
        del body["data"]["two"]
        self.kubectl_apply(body)
        self.assertEqual(self.get("a")["data"], {"one": "1"})

    def test_conflicts_are_shown_and_forced(self):
        self.apply(conformance.config_map("b", colour="red"), code=201)
        wanted = conformance.config_map("b", colour="blue")
        self.kubectl_apply(wanted, code=1)
        self.assertIn('Apply failed with 1 conflict: conflict with "one": .data.colour', self.said)
        self.assertIn("re-run the apply", self.said)
        self.kubectl_apply(wanted, "--force-conflicts")
        self.assertEqual(self.owners("b"), {("kubectl", "Apply"): ["f:colour"]})

    def test_several_conflicts_are_listed_by_manager(self):
        self.apply(conformance.config_map("c", x="1", y="1"), code=201)
        self.request("PATCH", self.path("configmaps", "c", "fieldManager=patcher"), {"data": {"z": "1"}},
                     {"Content-Type": "application/merge-patch+json"})
        refused = self.apply(conformance.config_map("c", x="2", y="2", z="2"), "two", code=409)
        self.assertEqual(refused["reason"], "Conflict")
        self.assertEqual(refused["message"], 'Apply failed with 3 conflicts: conflicts with "one":\n- .data.x\n- .data.y\n'
                                             'conflicts with "patcher" using v1:\n- .data.z')
        self.assertEqual(refused["details"]["causes"][2],
                         {"reason": "FieldManagerConflict", "message": 'conflict with "patcher" using v1', "field": ".data.z"})

    def test_shared_fields_stay_until_the_last_owner_drops_them(self):
        self.apply(conformance.config_map("d", shared="1", mine="1"), code=201)
        self.apply(conformance.config_map("d", shared="1"), "two")
        self.apply(conformance.config_map("d"))
        self.assertEqual(self.get("d")["data"], {"shared": "1"})
        self.apply(conformance.config_map("d"), "two")
        self.assertEqual(self.get("d").get("data"), {})

    def test_lists_with_keys_and_sets(self):
        path = self.path("tasks.noizy.dev", "listed", "fieldManager=%s")
        body = conformance.task("listed", suspend=True, env=[{"name": "A", "value": "1"}])
        self.request("PATCH", path % "one", body, APPLY, code=201)
        body["spec"] = {"env": [{"name": "B", "value": "2"}]}
        self.request("PATCH", path % "two", body, APPLY)
        body["spec"] = {"env": [{"name": "A", "value": "9"}]}
        refused = self.request("PATCH", path % "two", body, APPLY, code=409).json
        self.assertEqual(refused["details"]["causes"][0]["field"], '.spec.env[name="A"].value')
        found = self.request("GET", self.path("tasks.noizy.dev", "listed")).json
        self.assertEqual([item["name"] for item in found["spec"]["env"]], ["A", "B"])

    def test_migration_from_client_side_apply(self):
        body = conformance.config_map("e", one="1", two="2")
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))
        body["data"] = {"one": "11"}
        self.kubectl_apply(body)
        self.assertEqual(self.owners("e"), {("kubectl", "Apply"): ["f:one"]})
        self.assertEqual(self.get("e")["data"], {"one": "11"})
        last = json.loads(self.kubectl("apply", "view-last-applied", "configmap", "e", "-o", "json"))
        self.assertEqual(last["data"], {"one": "11"})
        body["data"] = {"one": "12"}
        self.assertEqual(self.kubectl("apply", "-f", "-", stdin=json.dumps(body)), "configmap/e configured\n", "and back")

    def test_show_managed_fields(self):
        self.create("configmaps", conformance.config_map("f", one="1"))
        self.assertNotIn("managedFields", self.kubectl("get", "configmap", "f", "-o", "yaml"))
        self.assertIn("f:one", self.kubectl("get", "configmap", "f", "-o", "yaml", "--show-managed-fields"))

    def test_the_program_is_the_manager_when_none_is_named(self):
        self.request("POST", self.path("configmaps"), conformance.config_map("g", a="1"), {"User-Agent": "my-tool/1.2 (x)"}, code=201)
        self.assertEqual(self.owners("g"), {("my-tool", "Update"): [".", "f:a"]})
        self.kubectl("label", "configmap", "g", "x=y")
        self.assertIn(("kubectl-label", "Update"), self.owners("g"))

    def test_fields_are_disowned_by_one_empty_entry(self):
        self.apply(conformance.config_map("h", a="1"), code=201)
        patch = {"Content-Type": "application/merge-patch+json"}
        self.request("PATCH", self.path("configmaps", "h"), {"metadata": {"managedFields": []}}, patch)
        self.assertIn(("one", "Apply"), self.owners("h"))
        self.request("PATCH", self.path("configmaps", "h"), {"metadata": {"managedFields": [{}]}}, patch)
        self.assertEqual(self.owners("h"), {})

    def test_options_and_guards(self):
        body = conformance.config_map("i", a="1")
        path = self.path("configmaps", "i")
        said = self.request("PATCH", path, body, APPLY, code=422).json
        self.assertEqual(said["message"], 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch')
        self.apply(body, code=201, more="&dryRun=All")
        self.request("GET", path, code=404)
        made = self.apply(body, code=201)
        body["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"]
        body["data"]["a"] = "2"
        self.apply(body)
        body["data"]["a"] = "3"
        self.apply(body, code=409)
        del body["metadata"]["resourceVersion"]
        body["unknown"] = 1
        said = self.apply(body, code=400, more="&fieldValidation=Strict")
        self.assertIn('strict decoding error: unknown field "unknown"', said["message"])

    def test_diff_and_yaml(self):
        self.kubectl_apply(conformance.config_map("j", a="1"))
        changes = self.kubectl("diff", "--server-side", "-f", "-", stdin=json.dumps(conformance.config_map("j", a="2")), code=1)
        self.assertIn("+  a: \"2\"", changes)
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k}\ndata:\n  yes: 'on'\n"
        made = self.request("PATCH", self.path("configmaps", "k", "fieldManager=yaml"), text, APPLY, code=201).json
        self.assertEqual(made["data"], {"true": "on"}, "a bare yes is a boolean, as a key too; a quoted one is text")

    def test_status_has_owners_of_its_own(self):
        self.request("POST", self.path("tasks.noizy.dev"), conformance.task("s", suspend=True), code=201)
        status = {"apiVersion": "noizy.dev/v1", "kind": "Task", "metadata": {"name": "s"}, "status": {"message": "told"}}
        found = self.request("PATCH", self.path("tasks.noizy.dev", "s/status", "fieldManager=reporter"), status, APPLY).json
        entry = found["metadata"]["managedFields"][0]
        self.assertEqual((entry["manager"], entry["operation"], entry["subresource"]), ("reporter", "Apply", "status"))
        self.assertEqual(entry["fieldsV1"], {"f:status": {"f:message": {}}})
