"""Strategic merge patches, kubectl's default for the kinds that OpenAPI lists them for."""

import json

import conformance

STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


class StrategicMergeTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")  # nobody else writes

    def patch(self, resource, name, body, code=200):
        return self.request("PATCH", self.path(resource, name), body, STRATEGIC, code=code).json

    def account(self, name, *secrets):
        return self.create("serviceaccounts", {"metadata": {"name": name}, "secrets": [{"name": secret} for secret in secrets]})

    def secrets(self, account):
        return [item["name"] for item in account.get("secrets", [])]

    def test_kubectl_patch_of_core_kinds_needs_no_type(self):
        self.create("configmaps", conformance.config_map("a", one="1", two="2"))
        self.assertEqual(self.kubectl("patch", "configmap", "a", "-p", '{"data":{"one":null,"three":"3"}}'), "configmap/a patched\n")
        self.assertEqual(self.request("GET", self.path("configmaps", "a")).json["data"], {"two": "2", "three": "3"})
        self.kubectl("patch", "serviceaccount", "default", "-p", "{}", code=None)

    def test_lists_are_merged_by_their_key(self):
        self.account("b", "one", "two")
        found = self.patch("serviceaccounts", "b", {"secrets": [{"name": "two", "namespace": "x"}, {"name": "three"}]})
        self.assertEqual(found["secrets"], [{"name": "one"}, {"name": "two", "namespace": "x"}, {"name": "three"}])
        found = self.patch("serviceaccounts", "b", {"secrets": [{"name": "one", "$patch": "delete"}]})
        self.assertEqual(self.secrets(found), ["two", "three"])
        found = self.patch("serviceaccounts", "b", {"$setElementOrder/secrets": [{"name": "three"}, {"name": "two"}]})
        self.assertEqual(self.secrets(found), ["three", "two"])
        found = self.patch("serviceaccounts", "b", {"secrets": [{"$patch": "replace"}, {"name": "four"}]})
        self.assertEqual(self.secrets(found), ["four"])
        said = self.patch("serviceaccounts", "b", {"secrets": [{"namespace": "x"}]}, code=400)
        self.assertIn("does not contain declared merge key: name", said["message"])

    def test_finalizers_are_a_set(self):
        self.create("configmaps", conformance.config_map("c"))
        self.patch("configmaps", "c", {"metadata": {"finalizers": ["example.com/a"]}})
        found = self.patch("configmaps", "c", {"metadata": {"finalizers": ["example.com/b"]}})
        self.assertEqual(found["metadata"]["finalizers"], ["example.com/a", "example.com/b"])
        found = self.patch("configmaps", "c", {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a", "example.com/b"]}})
        self.assertFalse(found["metadata"].get("finalizers"))

    def test_maps_are_replaced_or_emptied_on_request(self):
        self.create("configmaps", conformance.config_map("d", one="1", two="2"))
        self.assertEqual(self.patch("configmaps", "d", {"data": {"$patch": "replace", "three": "3"}})["data"], {"three": "3"})
        self.assertEqual(self.patch("configmaps", "d", {"data": {"$retainKeys": ["four"], "four": "4"}})["data"], {"four": "4"})
        self.patch("configmaps", "d", {"data": {"$patch": "dance"}}, code=400)

    def test_kubectl_apply_removes_an_item_of_a_list(self):
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "e"}, "secrets": [{"name": "one"}, {"name": "two"}]}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))
        self.patch("serviceaccounts", "e", {"secrets": [{"name": "others"}]})
        body["secrets"] = [{"name": "two"}]
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))
        found = self.request("GET", self.path("serviceaccounts", "e")).json
        self.assertEqual(sorted(self.secrets(found)), ["others", "two"])

    def test_noizy_kinds_take_them_too(self):
        self.create("tasks.noizy.dev", conformance.task("f", suspend=True, env=[{"name": "A", "value": "1"}]))
        self.kubectl("patch", "task", "f", "-p", '{"spec":{"env":[{"name":"B","value":"2"}]}}')
        found = self.request("GET", self.path("tasks.noizy.dev", "f")).json
        self.assertEqual([item["name"] for item in found["spec"]["env"]], ["A", "B"])
