"""Discovery and OpenAPI documents, as clients fetch and cache them."""

import conformance

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
OLDER = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
PROTOBUF_REPLY = PROTOBUF.replace("@", ".")  # a Content-Type with an "@" cannot be parsed


class DocumentsTest(conformance.Test):
    def get(self, path, accept="application/json", code=200, **headers):
        return self.request("GET", path, headers={"Accept": accept, **headers}, code=code)

    def test_aggregated_discovery(self):
        for path, group in (("/api", None), ("/apis", "noizy.dev")):
            reply = self.get(path, f"{AGGREGATED},{OLDER},application/json")
            self.assertEqual(reply.headers["Content-Type"], AGGREGATED)
            self.assertEqual(reply.headers["Vary"], "Accept")
            self.assertIn("public", reply.headers["Cache-Control"])
            self.assertEqual((reply.json["kind"], reply.json["apiVersion"]), ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2"))
            self.assertIn(group, [item["metadata"].get("name") for item in reply.json["items"]])
            again = self.get(path, AGGREGATED, 304, **{"If-None-Match": reply.headers["ETag"]})
            self.assertEqual(again.bytes, b"")
            # The same tag does not stand for another form.
            self.get(path, **{"If-None-Match": reply.headers["ETag"]})

    def test_who_asks_for_the_older_form_gets_the_oldest(self):
        self.assertEqual(self.get("/apis", f"{OLDER},application/json").json["kind"], "APIGroupList")

    def test_a_slash_at_the_end_changes_nothing(self):
        for path in ("/api", "/api/v1", "/apis", "/apis/noizy.dev", "/apis/noizy.dev/v1", "/version"):
            self.assertEqual(self.get(path + "/").json, self.get(path).json)
        self.get("/nowhere/", code=404)

    def test_every_listed_version_has_its_documents(self):
        index = self.get("/openapi/v3").json["paths"]
        for group in self.get("/apis").json["groups"]:
            for version in group["versions"]:
                path = "apis/" + version["groupVersion"]
                self.assertEqual(self.get("/" + path).json["groupVersion"], version["groupVersion"])
                self.assertIn(path, index)
        self.get("/apis/nowhere.example.com", code=404)
        self.get("/apis/noizy.dev/v9", code=404)

    def test_openapi_v3_is_addressed_by_its_hash(self):
        for path, entry in self.get("/openapi/v3").json["paths"].items():
            url = entry["serverRelativeURL"]
            self.assertRegex(url, "^/openapi/v3/" + path + r"\?hash=[0-9A-Fa-f]{16,}$")
            document = self.get(url)
            self.assertIn("immutable", document.headers["Cache-Control"])
            self.assertEqual(document.json["openapi"][:2], "3.")

    def test_openapi_v3_tells_what_kubectl_looks_for(self):
        url = self.get("/openapi/v3").json["paths"]["apis/noizy.dev/v1"]["serverRelativeURL"]
        operations = self.get(url).json["paths"]["/apis/noizy.dev/v1/namespaces/{namespace}/tasks/{name}"]
        patch = operations["patch"]
        self.assertLessEqual({"dryRun", "fieldManager", "fieldValidation", "force"}, {each["name"] for each in patch["parameters"]})
        self.assertEqual(patch["x-kubernetes-group-version-kind"], {"group": "noizy.dev", "version": "v1", "kind": "Task"})
        self.assertEqual(patch["x-kubernetes-action"], "patch")

    def test_openapi_v2_is_json_for_most(self):
        for accept in ("application/json", "*/*", f"application/json,{PROTOBUF}"):
            reply = self.get("/openapi/v2", accept)
            self.assertEqual(reply.headers["Content-Type"], "application/json")
            self.assertEqual(reply.json["swagger"], "2.0")
        self.get("/openapi/v2", code=304, **{"If-None-Match": reply.headers["ETag"]})

    def test_openapi_v2_is_protobuf_for_who_asks(self):
        for accept in (PROTOBUF, PROTOBUF_REPLY, f"{PROTOBUF},application/json"):
            reply = self.get("/openapi/v2", accept)
            self.assertEqual(reply.headers["Content-Type"], PROTOBUF_REPLY)
            self.assertEqual(reply.bytes[:5], b"\x0a\x032.0")
        tag = {"If-None-Match": reply.headers["ETag"]}
        self.get("/openapi/v2", PROTOBUF, code=304, **tag)
        self.get("/openapi/v2", **tag)  # the JSON form has a tag of its own
