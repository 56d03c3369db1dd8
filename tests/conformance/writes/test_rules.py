"""What kube-apiserver answers to writes that are odd, late or wrong; raw requests, so that no client mends them first."""

import conformance

MERGE = {"Content-Type": "application/merge-patch+json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


class WriteRulesTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")  # nobody else writes

    def refused(self, code, method, path, body=None, headers=()):
        return self.request(method, path, body, headers, code=code).json

    def test_options_are_checked_together(self):
        body = conformance.config_map("none")
        said = self.refused(422, "POST", self.path("configmaps", query="dryRun=Some&fieldValidation=Hard"), body)
        self.assertEqual((said["details"]["kind"], said["details"]["group"]), ("CreateOptions", "meta.k8s.io"))
        self.assertEqual([cause["field"] for cause in said["details"]["causes"]], ["dryRun", "fieldValidation"])
        self.refused(422, "PATCH", self.path("configmaps", "none", "force=true"), {}, MERGE)

    def test_field_validation(self):
        body = dict(conformance.config_map("checked"), dta={})
        said = self.refused(400, "POST", self.path("configmaps", query="fieldValidation=Strict"), body)
        self.assertEqual(
            said["message"],
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"',
        )
        reply = self.request("POST", self.path("configmaps", query="dryRun=All"), body, code=201)
        self.assertEqual(reply.headers["Warning"], '299 - "unknown field \\"dta\\""')
        reply = self.request("POST", self.path("configmaps", query="dryRun=All&fieldValidation=Ignore"), body, code=201)
        self.assertIsNone(reply.headers["Warning"])
        twice = '{"metadata":{"name":"checked"},"data":{"a":"1","a":"2"}}'
        said = self.refused(400, "POST", self.path("configmaps", query="fieldValidation=Strict"), twice)
        self.assertIn('duplicate field "data.a"', said["message"])

    def test_dry_runs_change_nothing(self):
        self.create("configmaps", conformance.config_map("dry", a="1"))
        path = self.path("configmaps", "dry", "dryRun=All")
        self.assertEqual(self.request("PUT", path, conformance.config_map("dry", a="2")).json["data"], {"a": "2"})
        self.assertEqual(self.request("PATCH", path, {"data": {"a": "3"}}, MERGE).json["data"], {"a": "3"})
        self.request("DELETE", path)
        self.request("DELETE", self.path("configmaps", "dry"), {"dryRun": ["All"]})
        self.request("DELETE", self.path("configmaps", query="dryRun=All"))
        self.assertEqual(self.request("GET", self.path("configmaps", "dry")).json["data"], {"a": "1"})
        self.refused(422, "DELETE", self.path("configmaps", "dry"), {"dryRun": ["Some"]})

    def test_what_the_server_owns_of_metadata(self):
        made = self.create("configmaps", conformance.config_map("owned"))
        path = self.path("configmaps", "owned")
        for member, value, code in (("uid", "x", 409), ("creationTimestamp", "2020-01-01T00:00:00Z", 422), ("name", "other", 400),
                                    ("deletionTimestamp", "2020-01-01T00:00:00Z", 422), ("namespace", "other", 400), ("resourceVersion", "1", 409)):
            self.refused(code, "PATCH", path, {"metadata": {member: value}}, MERGE)
        found = self.request("PATCH", path, {"metadata": {"generation": 9, "selfLink": "/x"}}, MERGE).json
        for entry in (made, found):
            entry["metadata"].pop("managedFields"), entry["metadata"].pop("resourceVersion")
        self.assertEqual(found, made)
        said = self.refused(400, "POST", self.path("configmaps"), {"metadata": {"name": "versioned", "resourceVersion": "1"}})
        self.assertEqual(said["message"], "resourceVersion should not be set on objects to be created")

    def test_put_without_a_version(self):
        self.create("configmaps", conformance.config_map("put"))
        self.request("PUT", self.path("configmaps", "put"), conformance.config_map("put", a="1"))
        self.create("tasks.noizy.dev", conformance.task("put", suspend=True))
        said = self.refused(422, "PUT", self.path("tasks.noizy.dev", "put"), conformance.task("put", suspend=True))
        self.assertEqual(said["details"]["causes"], [{"reason": "FieldValueInvalid", "field": "metadata.resourceVersion",
                                                      "message": "Invalid value: 0x0: must be specified for an update"}])

    def test_the_kind_must_fit_the_path(self):
        tasks = self.path("tasks.noizy.dev")
        said = self.refused(422, "POST", tasks, {"apiVersion": "noizy.dev/v1", "kind": "Node", "metadata": {"name": "a"}})
        self.assertEqual(said["details"]["causes"][0]["message"], 'Invalid value: "Node": must be Task')
        self.refused(400, "POST", tasks, {"apiVersion": "noizy.dev/v1", "metadata": {"name": "a"}})
        self.refused(400, "POST", tasks, {"apiVersion": "noizy.dev/v2", "kind": "Task", "metadata": {"name": "a"}})
        self.refused(400, "POST", self.path("configmaps"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})

    def test_verbs_have_their_places(self):
        self.create("configmaps", conformance.config_map("placed"))
        for method, path in (("PUT", self.path("configmaps")), ("PATCH", self.path("configmaps")), ("POST", self.path("configmaps", "placed")),
                             ("POST", "/api/v1/configmaps"), ("DELETE", "/api/v1/configmaps"), ("DELETE", self.path("tasks.noizy.dev", "a/status"))):
            self.refused(405, method, path, {}, MERGE if method == "PATCH" else ())

    def test_every_fault_is_named_at_once(self):
        body = conformance.task("Bad_Name", {"a b": "c"}, failover="Sometimes", timeoutSeconds=-1)
        said = self.refused(422, "POST", self.path("tasks.noizy.dev"), body)
        self.assertEqual({cause["field"] for cause in said["details"]["causes"]},
                         {"metadata.name", "metadata.labels", "spec.failover", "spec.timeoutSeconds"})

    def test_bad_patches(self):
        self.create("configmaps", conformance.config_map("patched", a="1"))
        path = self.path("configmaps", "patched")
        for code, body, headers in ((422, [{"op": "test", "path": "/data/a", "value": "2"}], JSON_PATCH),
                                    (422, [{"op": "remove", "path": "/data/none"}], JSON_PATCH),
                                    (400, [{"op": "dance", "path": "/data"}], JSON_PATCH), (400, {}, JSON_PATCH), (400, [], MERGE),
                                    (400, "{", MERGE), (422, {"data": {"a": 1}}, MERGE), (415, {}, {"Content-Type": "text/plain"}),
                                    (415, {}, {"Content-Type": "application/json"})):
            self.refused(code, "PATCH", path, body, headers)
        self.refused(404, "PATCH", self.path("configmaps", "none"), {}, MERGE)
        self.assertEqual(self.request("GET", path).json["data"], {"a": "1"})

    def test_yaml_bodies(self):
        yaml = {"Content-Type": "application/yaml"}
        text = "metadata: {name: written}\ndata: {a: '1'}\n"
        self.request("POST", self.path("configmaps"), text, yaml, code=201)
        self.assertEqual(self.request("PUT", self.path("configmaps", "written"), text.replace("1", "2"), yaml).json["data"], {"a": "2"})

    def test_preconditions_of_a_deletion(self):
        made = self.create("configmaps", conformance.config_map("guarded"))
        path = self.path("configmaps", "guarded")
        said = self.refused(409, "DELETE", path, {"preconditions": {"uid": "x"}})
        self.assertIn("the UID in the precondition (x) does not match the UID in record", said["message"])
        self.refused(409, "DELETE", path, {"preconditions": {"resourceVersion": "1"}})
        self.request("DELETE", path, {"preconditions": {"uid": made["metadata"]["uid"], "resourceVersion": made["metadata"]["resourceVersion"]}})

    def test_propagation(self):
        for name, options, finalizers in (("fore", {"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
                                          ("orphan", {"propagationPolicy": "Orphan"}, ["orphan"]), ("old", {"orphanDependents": True}, ["orphan"])):
            self.create("configmaps", conformance.config_map(name))
            found = self.request("DELETE", self.path("configmaps", name), options).json
            self.assertEqual(found["metadata"]["finalizers"], finalizers)
            self.refused(422, "PATCH", self.path("configmaps", name), {"metadata": {"finalizers": finalizers + ["example.com/late"]}}, MERGE)
            self.request("PATCH", self.path("configmaps", name), {"metadata": {"finalizers": None}}, MERGE)
            self.request("GET", self.path("configmaps", name), code=404)
        self.create("configmaps", conformance.config_map("both"))
        said = self.refused(422, "DELETE", self.path("configmaps", "both"), {"propagationPolicy": "Orphan", "orphanDependents": True})
        self.assertEqual((said["details"]["kind"], said["details"]["causes"][0]["field"]), ("DeleteOptions", "propagationPolicy"))
        self.refused(422, "DELETE", self.path("configmaps", "both", "propagationPolicy=Maybe"))

    def test_deletecollection(self):
        for name, colour in (("c1", "red"), ("c2", "red"), ("c3", "blue")):
            self.create("configmaps", conformance.config_map(name, {"colour": colour}))
        gone = self.request("DELETE", self.path("configmaps", query="labelSelector=colour%3Dred"), {"propagationPolicy": "Background"}).json
        self.assertEqual(sorted(item["metadata"]["name"] for item in gone["items"]), ["c1", "c2"])
        self.request("GET", self.path("configmaps", "c3"))
        self.request("DELETE", self.path("configmaps", query="fieldSelector=metadata.name%3Dc3"))
        self.request("GET", self.path("configmaps", "c3"), code=404)
