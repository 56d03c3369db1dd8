"""PUT of what is not there: of some of Kubernetes' own kinds it makes one, of all others it is 404; kubectl replace lives on it."""

import json

import conformance

ROLES = "roles.rbac.authorization.k8s.io"
LEASES = "leases.coordination.k8s.io"


class CreateByUpdateTest(conformance.Test):
    def body(self, api_version, kind, **more):
        return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "new", "namespace": self.namespace}, **more}

    def test_kinds_that_allow_it(self):
        role = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "new"}, "subjects": []}
        event = {"involvedObject": {"kind": "Task", "name": "t", "namespace": self.namespace}, "reason": "Tried", "message": "once"}
        for resource, body in ((LEASES, self.body("coordination.k8s.io/v1", "Lease", spec={"holderIdentity": "me"})),
                               (ROLES, self.body("rbac.authorization.k8s.io/v1", "Role", rules=[])),
                               ("rolebindings.rbac.authorization.k8s.io", self.body("rbac.authorization.k8s.io/v1", "RoleBinding", **role)),
                               ("events", self.body("v1", "Event", **event))):
            made = self.request("PUT", self.path(resource, "new"), body, code=201).json
            self.assertEqual(made["metadata"]["name"], "new")
            self.request("PUT", self.path(resource, "new"), made, code=200)
        rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"]}]
        cluster = "/apis/rbac.authorization.k8s.io/v1/clusterroles/made-by-put"
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "made-by-put"}, "rules": rules}
        self.request("PUT", cluster, role, code=201)
        self.request("DELETE", cluster)

    def test_kinds_that_do_not(self):
        for resource, body in (("configmaps", self.body("v1", "ConfigMap")), ("secrets", self.body("v1", "Secret")),
                               ("serviceaccounts", self.body("v1", "ServiceAccount")), ("tasks.noizy.dev", conformance.task("new"))):
            body["metadata"]["resourceVersion"] = "1"
            self.assertEqual(self.request("PUT", self.path(resource, "new"), body, code=404).json["reason"], "NotFound")

    def test_what_was_there_is_not_made_again(self):
        lease = self.body("coordination.k8s.io/v1", "Lease", spec={})
        lease["metadata"]["name"] = "gone"
        path = self.path(LEASES, "gone")
        made = self.request("PUT", path, lease, code=201).json
        self.request("DELETE", path)
        for member in ("uid", "resourceVersion"):
            lease["metadata"][member] = made["metadata"][member]
            self.assertEqual(self.request("PUT", path, lease, code=409).json["reason"], "Conflict")
            del lease["metadata"][member]
        self.request("GET", path, code=404)

    def test_dry_run(self):
        lease = self.body("coordination.k8s.io/v1", "Lease", spec={})
        lease["metadata"]["name"] = "dry"
        self.request("PUT", self.path(LEASES, "dry", "dryRun=All"), lease, code=201)
        self.request("GET", self.path(LEASES, "dry"), code=404)

    def test_kubectl_replace(self):
        role = self.body("rbac.authorization.k8s.io/v1", "Role", rules=[])
        role["metadata"]["name"] = "replaced"
        self.assertEqual(self.kubectl("replace", "-f", "-", stdin=json.dumps(role)), "role.rbac.authorization.k8s.io/replaced replaced\n")
        self.kubectl("replace", "-f", "-", stdin=json.dumps(conformance.config_map("absent")), code=1)
        self.assertIn('configmaps "absent" not found', self.said)

    def test_it_takes_the_right_to_create(self):
        self.kubectl("create", "role", "mender", "--verb=get,update", "--resource=leases.coordination.k8s.io")
        self.kubectl("create", "rolebinding", "mender", "--role=mender", "--user=ada")
        lease = self.body("coordination.k8s.io/v1", "Lease", spec={})
        lease["metadata"]["name"] = "asked"
        as_ada = {"Impersonate-User": "ada"}
        said = self.request("PUT", self.path(LEASES, "asked"), lease, as_ada, code=403).json["message"]
        self.assertIn('User "ada" cannot create resource "leases" in API group "coordination.k8s.io"', said)
        made = self.request("PUT", self.path(LEASES, "asked"), lease, code=201).json
        self.request("PUT", self.path(LEASES, "asked"), made, as_ada)
