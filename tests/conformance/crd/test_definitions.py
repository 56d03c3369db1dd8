"""Kinds of users' own, made and changed while the server runs."""

import json

import conformance
import grid


def definition(plural, kind, **version):
    """A CustomResourceDefinition of one version, whose spec has a colour and a size."""
    spec = {"type": "object", "required": ["colour"], "properties": {
        "colour": {"type": "string", "description": "What it looks like."}, "size": {"type": "integer", "minimum": 1, "default": 3},
        "port": {"x-kubernetes-int-or-string": True}, "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.example.com"},
            "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind, "shortNames": [plural[:3]]},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}]}}


class CrdTest(conformance.Test):
    def define(self, body):
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))
        self.kubectl("wait", "--for=condition=established", "crd/" + body["metadata"]["name"], "--timeout=10s")

    def widget(self, kind, name, **spec):
        return {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    def test_a_life_with_kubectl(self):
        self.define(definition("widgets", "Widget", subresources={"status": {}}, selectableFields=[{"jsonPath": ".spec.colour"}],
                               additionalPrinterColumns=[{"name": "Colour", "type": "string", "jsonPath": ".spec.colour"}]))
        self.assertRegex(self.kubectl("api-resources", "--api-group=example.com"), r"widgets +wid +example.com/v1 +true +Widget")
        self.assertIn("What it looks like.", self.kubectl("explain", "widgets.spec.colour"))
        self.kubectl("apply", "-f", "-", stdin=json.dumps(self.widget("Widget", "a", colour="red", port=80, free={"any": ["thing"]})))
        made = json.loads(self.kubectl("get", "wid", "a", "-o", "json"))
        self.assertEqual(made["spec"], {"colour": "red", "size": 3, "port": 80, "free": {"any": ["thing"]}})
        self.assertRegex(self.kubectl("get", "widgets"), r"NAME +COLOUR\na +red\n")
        self.assertEqual(self.kubectl("get", "widgets", "--field-selector=spec.colour=blue", "-o", "name"), "")
        self.kubectl("create", "-f", "-", stdin=json.dumps(self.widget("Widget", "b", size=0)), code=1)
        self.assertIn("spec.colour: Required value", self.said)
        self.kubectl("create", "-f", "-", stdin=json.dumps(self.widget("Widget", "c", colour="red", shape="round")), code=1)
        self.assertIn('unknown field "spec.shape"', self.said)
        self.kubectl("delete", "crd", "widgets.example.com", "--timeout=20s")
        self.kubectl("get", "widgets", code=1)
        self.assertIn("the server could not find the requested resource", self.said)  # kubectl still has the kind in its cache

    def test_schemas_that_are_not_structural_are_refused_with_every_cause(self):
        body = definition("broken", "Broken")
        body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"] = {"a": {}, "b": {"type": "array"}}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body), code=1)
        self.assertIn("properties[a].type: Required value: must not be empty for specified object fields", self.said)
        self.assertIn("properties[b].items: Required value: must be specified", self.said)

    def test_cel_rules_are_warned_about(self):
        body = definition("ruled", "Ruled")
        body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["x-kubernetes-validations"] = [{"rule": "true"}]
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))
        self.assertIn("Warning: spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations: CEL rules are kept", self.said)

    def test_versions_serve_the_same_objects(self):
        body = definition("gadgets", "Gadget")
        body["spec"]["versions"].append({**body["spec"]["versions"][0], "name": "v1beta1", "storage": False, "deprecated": True})
        self.define(body)
        self.create("gadgets.example.com", self.widget("Gadget", "a", colour="red"))
        shown = json.loads(self.kubectl("get", "gadgets.v1beta1.example.com", "a", "-o", "json"))
        self.assertEqual(shown["apiVersion"], "example.com/v1beta1")
        self.assertIn("Warning: example.com/v1beta1 Gadget is deprecated", self.said)

    def test_fields_that_become_one_value_are_owned_whole(self):
        body = definition("banners", "Banner")
        spec = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        spec["shades"] = {"type": "object", "additionalProperties": {"type": "string"}}
        self.define(body)
        apply = ["apply", "--server-side", "-f", "-"]
        self.kubectl(*apply, "--field-manager=one", stdin=json.dumps(self.widget("Banner", "a", colour="red", shades={"top": "dark"})))
        other = {"apiVersion": "example.com/v1", "kind": "Banner", "metadata": {"name": "a"}, "spec": {"colour": "red", "shades": {"low": "light"}}}
        self.kubectl(*apply, "--field-manager=two", stdin=json.dumps(other))
        spec["shades"]["x-kubernetes-map-type"] = "atomic"
        self.define(body)
        other["spec"]["shades"]["low"] = "grey"
        for _ in range(grid.STEP_SECONDS):  # the new schema is served when the server has read it
            self.grid.kubectl("-n", self.namespace, *apply, "--field-manager=two", "--dry-run=server", stdin=json.dumps(other), code=None)
            if "conflict" in self.said:
                break
        self.assertIn('conflict with "one": .spec.shades', self.said)
        self.kubectl(*apply, "--field-manager=two", "--force-conflicts", stdin=json.dumps(other))
        left = json.loads(self.kubectl("get", "banner", "a", "-o", "json", "--show-managed-fields"))
        self.assertEqual(left["spec"]["shades"], {"low": "grey"})
        owners = {entry["manager"]: entry["fieldsV1"]["f:spec"] for entry in left["metadata"]["managedFields"]}
        self.assertEqual(owners, {"one": {"f:colour": {}}, "two": {"f:colour": {}, "f:shades": {}}})

    def test_a_namespace_takes_custom_objects_with_it(self):
        self.define(definition("things", "Thing"))
        self.kubectl("create", "namespace", "crowded")
        made = self.request("POST", "/apis/example.com/v1/namespaces/crowded/things", self.widget("Thing", "a", colour="red"), code=201).json
        self.assertEqual(made["metadata"]["namespace"], "crowded")
        self.kubectl("delete", "namespace", "crowded", "--timeout=30s")
        self.assertEqual(self.request("GET", "/apis/example.com/v1/things").json["items"], [])

    def test_custom_objects_are_collected_with_their_owner(self):
        self.define(definition("parts", "Part"))
        owner = self.create("parts.example.com", self.widget("Part", "owner", colour="red"))
        child = self.widget("Part", "child", colour="red")
        child["metadata"]["ownerReferences"] = [{"apiVersion": "example.com/v1", "kind": "Part", "name": "owner", "uid": owner["metadata"]["uid"]}]
        made = self.create("parts.example.com", child)
        self.request("DELETE", self.path("parts.example.com", "owner"))
        for event in self.client.watch(self.path("parts.example.com", query="resourceVersion=" + made["metadata"]["resourceVersion"])):
            if event["type"] == "DELETED" and event["object"]["metadata"]["name"] == "child":
                break

    def test_discovery_and_openapi_follow(self):
        before = self.request("GET", "/openapi/v3").headers["ETag"]
        self.define(definition("gizmos", "Gizmo"))
        index = self.request("GET", "/openapi/v3")
        self.assertNotEqual(index.headers["ETag"], before)
        url = index.json["paths"]["apis/example.com/v1"]["serverRelativeURL"]
        document = self.request("GET", url)
        self.assertIn("immutable", document.headers["Cache-Control"])
        self.assertIn("Gizmo", str(document.json["components"]["schemas"].keys()))
        self.request("GET", url, headers={"If-None-Match": document.headers["ETag"]}, code=304)
