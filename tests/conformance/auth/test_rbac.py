"""Roles and bindings with stock kubectl: what it makes, what it asks, and what the server then lets people do."""

import json

import conformance


class RbacTest(conformance.Test):
    def as_user(self, user, *arguments, **options):
        return self.kubectl("--as", user, *arguments, **options)

    def test_a_role_counts_as_soon_as_it_is_bound(self):
        self.as_user("ada", "get", "tasks", code=1)
        self.assertIn(f'Error from server (Forbidden): tasks.noizy.dev is forbidden: User "ada" cannot list resource "tasks" in API group '
                      f'"noizy.dev" in the namespace "{self.namespace}"', self.said)
        self.kubectl("create", "role", "reader", "--verb=get,list,watch", "--resource=tasks.noizy.dev")
        self.kubectl("create", "rolebinding", "readers", "--role=reader", "--user=ada")
        self.as_user("ada", "get", "tasks")
        self.as_user("ada", "create", "configmap", "x", code=1)
        self.as_user("ada", "get", "tasks", "-A", code=1)
        self.assertIn("at the cluster scope", self.said)
        self.kubectl("delete", "rolebinding", "readers")
        self.as_user("ada", "get", "tasks", code=1)

    def test_can_i(self):
        self.kubectl("create", "rolebinding", "editors", "--clusterrole=edit", "--group=studio")
        ask = ["--as", "bob", "--as-group", "studio", "auth", "can-i"]
        self.assertEqual(self.kubectl(*ask, "create", "tasks"), "yes\n")
        self.assertEqual(self.kubectl(*ask, "delete", "nodes.noizy.dev", code=1), "no\n")
        self.assertEqual(self.kubectl(*ask, "get", "/apis"), "yes\n")
        self.assertEqual(self.kubectl(*ask, "get", "/metrics", code=1), "no\n")
        self.assertEqual(self.kubectl("auth", "can-i", "*", "*"), "yes\n")
        listed = self.kubectl(*ask, "--list")
        self.assertRegex(listed, r"tasks\.noizy\.dev +\[\] +\[\] +\[.*create.*\]")

    def test_whoami(self):
        said = self.kubectl("auth", "whoami", "-o", "json")
        self.assertEqual(json.loads(said)["status"]["userInfo"]["username"], "noizy-admin")
        self.assertIn("ada", self.as_user("ada", "--as-uid", "u-1", "auth", "whoami"))

    def test_only_what_one_has_can_be_given_away(self):
        self.kubectl("create", "role", "lead", "--verb=get", "--resource=tasks.noizy.dev")
        self.kubectl("create", "role", "lead-roles", "--verb=create,get,update,patch", "--resource=roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io")
        self.kubectl("create", "rolebinding", "lead", "--role=lead", "--user=lea")
        self.kubectl("create", "rolebinding", "lead-roles", "--role=lead-roles", "--user=lea")
        self.as_user("lea", "create", "role", "small", "--verb=get", "--resource=tasks.noizy.dev")
        self.as_user("lea", "create", "role", "big", "--verb=delete", "--resource=tasks.noizy.dev", code=1)
        self.assertIn("is attempting to grant RBAC permissions not currently held:", self.said)
        self.assertIn('{APIGroups:["noizy.dev"], Resources:["tasks"], Verbs:["delete"]}', self.said)
        self.as_user("lea", "create", "rolebinding", "all", "--clusterrole=cluster-admin", "--user=lea", code=1)
        self.assertIn("not currently held", self.said)

    def test_roles_and_bindings_are_reconciled(self):
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "kept", "namespace": self.namespace},
                "rules": [{"apiGroups": ["noizy.dev"], "resources": ["tasks"], "verbs": ["get"]}]}
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "kept", "namespace": self.namespace},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "kept"},
                   "subjects": [{"kind": "User", "name": "rita", "apiGroup": "rbac.authorization.k8s.io"}]}
        both = {"apiVersion": "v1", "kind": "List", "items": [role, binding]}
        reconcile = ["auth", "reconcile", "-f", "-"]
        said = self.kubectl(*reconcile, stdin=json.dumps(both))
        self.assertIn("role.rbac.authorization.k8s.io/kept reconciled", said)
        self.assertIn("rolebinding.rbac.authorization.k8s.io/kept reconciled", said)
        self.as_user("rita", "get", "tasks", "none", code=1)
        self.assertIn("NotFound", self.said)
        role["rules"][0]["verbs"] = ["list"]
        self.kubectl(*reconcile, "--dry-run=client", stdin=json.dumps(both))
        self.as_user("rita", "get", "tasks", code=1)
        self.kubectl(*reconcile, stdin=json.dumps(both))
        self.as_user("rita", "get", "tasks")
        self.as_user("rita", "get", "tasks", "none", code=1)
        self.assertIn("NotFound", self.said, "what was granted before stays")
        self.kubectl(*reconcile, "--remove-extra-permissions", stdin=json.dumps(both))
        self.as_user("rita", "get", "tasks", "none", code=1)
        self.assertIn("Forbidden", self.said)
        binding["roleRef"]["kind"], binding["roleRef"]["name"] = "ClusterRole", "view"
        self.kubectl(*reconcile, stdin=json.dumps(both))  # another roleRef: deleted and made anew
        self.assertEqual(self.as_user("rita", "auth", "can-i", "get", "tasks"), "yes\n")

    def test_aggregated_roles_show_and_give_the_rules_of_the_others(self):
        self.kubectl("create", "clusterrole", "frames-view", "--verb=get", "--resource=leases.coordination.k8s.io")
        self.kubectl("label", "clusterrole", "frames-view", "rbac.authorization.k8s.io/aggregate-to-view=true")
        self.addCleanup(self.kubectl, "delete", "clusterrole", "frames-view")
        self.kubectl("create", "rolebinding", "viewers", "--clusterrole=view", "--user=vera")
        self.assertEqual(self.as_user("vera", "auth", "can-i", "get", "leases.coordination.k8s.io"), "yes\n")
        view = "jsonpath={.rules[?(@.apiGroups[0]==\"coordination.k8s.io\")].verbs}"
        self.kubectl("wait", "clusterrole/view", "--for=" + "jsonpath={.rules[?(@.apiGroups[0]==\"coordination.k8s.io\")].verbs[0]}=get", "--timeout=30s")
        self.assertIn("get", self.kubectl("get", "clusterrole", "view", "-o", view))

    def test_reconcile(self):
        manifest = json.dumps({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "kept", "namespace": self.namespace},
                               "rules": [{"verbs": ["get"], "apiGroups": ["noizy.dev"], "resources": ["tasks"]}]})
        self.assertIn("reconciled", self.kubectl("auth", "reconcile", "-f", "-", stdin=manifest))
        self.kubectl("patch", "role", "kept", "--type=json", "-p", '[{"op":"replace","path":"/rules","value":[]}]')
        self.kubectl("auth", "reconcile", "-f", "-", stdin=manifest)
        role = self.request("GET", self.path("roles.rbac.authorization.k8s.io", "kept")).json
        self.assertEqual(role["rules"][0]["resources"], ["tasks"])

    def test_a_role_reference_stays(self):
        self.kubectl("create", "rolebinding", "fixed", "--clusterrole=view", "--user=x")
        self.kubectl("patch", "rolebinding", "fixed", "--type=merge", "-p", '{"roleRef":{"name":"edit"}}', code=1)
        self.assertIn("cannot change roleRef", self.said)

    def test_nobody_is_let_in_but_to_what_is_public(self):
        nobody = conformance.Client(self.grid, certificate=False)
        self.assertEqual(nobody.request("GET", "/version").code, 200)
        self.assertEqual(nobody.request("GET", "/readyz").code, 200)
        refused = nobody.request("GET", "/api/v1/namespaces")
        self.assertEqual((refused.code, refused.json["reason"]), (401, "Unauthorized"))
        self.assertTrue(refused.headers["WWW-Authenticate"].startswith("Bearer"))
