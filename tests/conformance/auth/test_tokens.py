"""Service accounts' tokens: made by kubectl, borne by kubectl and by raw requests, and gone when they should be."""

import base64
import json

import conformance


class TokensTest(conformance.Test):
    def token(self, account, *flags):
        return self.kubectl("create", "token", account, *flags).strip()

    def bearing(self, token):
        return conformance.Client(self.grid, token=token)

    def test_a_token_is_the_service_account(self):
        self.kubectl("create", "serviceaccount", "bot")
        token = self.token("bot")
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        self.assertEqual(claims["sub"], f"system:serviceaccount:{self.namespace}:bot")
        self.assertEqual(claims["kubernetes.io"]["serviceaccount"]["name"], "bot")
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        bot = self.bearing(token)
        refused = bot.request("GET", self.path("tasks.noizy.dev"))
        self.assertEqual(refused.code, 403)
        self.assertIn(f'User "system:serviceaccount:{self.namespace}:bot" cannot list', refused.json["message"])
        self.kubectl("create", "rolebinding", "bot", "--clusterrole=view", f"--serviceaccount={self.namespace}:bot")
        self.assertEqual(bot.request("GET", self.path("tasks.noizy.dev")).code, 200)
        self.kubectl("delete", "serviceaccount", "bot")
        self.assertEqual(bot.request("GET", "/apis").code, 401)

    def test_kubectl_with_a_token(self):
        self.kubectl("create", "serviceaccount", "walker")
        config = json.loads(self.kubectl("config", "view", "--raw", "-o", "json"))
        config["users"] = [{"name": user["name"], "user": {"token": self.token("walker", "--duration=10m")}} for user in config["users"]]
        said = self.kubectl("--kubeconfig=/dev/stdin", "auth", "whoami", "-o", "jsonpath={.status.userInfo}", stdin=json.dumps(config))
        self.assertEqual(json.loads(said)["username"], f"system:serviceaccount:{self.namespace}:walker")
        self.assertIn("system:serviceaccounts", json.loads(said)["groups"])

    def test_tokens_for_others_and_with_a_secret(self):
        self.kubectl("create", "serviceaccount", "shared")
        other = self.token("shared", "--audience=vault")
        self.assertEqual(self.bearing(other).request("GET", "/apis").code, 401)
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": other, "audiences": ["vault", "x"]}}
        status = self.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review, code=201).json["status"]
        self.assertTrue(status["authenticated"])
        self.assertEqual(status["audiences"], ["vault"])
        self.kubectl("create", "secret", "generic", "leash", "--from-literal=a=b")
        bound = self.bearing(self.token("shared", "--bound-object-kind=Secret", "--bound-object-name=leash"))
        self.assertEqual(bound.request("GET", "/apis").code, 200)
        self.kubectl("delete", "secret", "leash")
        self.assertEqual(bound.request("GET", "/apis").code, 401)

    def test_a_watch_ends_with_what_its_token_lives_by(self):
        path = self.path("configmaps", query="fieldSelector=metadata.name=seen")
        self.create("configmaps", conformance.config_map("seen"))
        self.kubectl("create", "serviceaccount", "stays")
        for account, kind in (("goes", "serviceaccount"), ("leashed", "secret")):
            self.kubectl("create", "serviceaccount", account)
            self.kubectl("create", "secret", "generic", account, "--from-literal=a=b")
            bound = self.token(account, "--bound-object-kind=Secret", f"--bound-object-name={account}")
            tokens = {account: bound, "stays": self.token("stays")}
            for bearer in tokens:
                self.kubectl("create", "rolebinding", f"{kind}-{bearer}", "--clusterrole=view", f"--serviceaccount={self.namespace}:{bearer}")
            watches = {bearer: self.bearing(token).watch(path) for bearer, token in tokens.items()}
            for watch in watches.values():
                self.assertEqual(next(watch)["type"], "ADDED")
            self.kubectl("delete", kind, account)
            self.assertEqual(list(watches[account]), [], account)
            self.kubectl("annotate", "configmap", "seen", f"after={account}", "--overwrite")
            self.assertEqual(next(watches["stays"])["object"]["metadata"]["annotations"]["after"], account)

    def test_bad_tokens_open_nothing(self):
        for token in ("nonsense", "a.b.c", base64.urlsafe_b64encode(b'{"alg":"none"}').decode() + ".e30."):
            self.assertEqual(self.bearing(token).request("GET", "/apis").code, 401, token)
        self.kubectl("create", "token", "nobody", code=1)
        self.assertIn('serviceaccounts "nobody" not found', self.said)

    def test_each_namespace_has_the_default_account(self):
        self.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=30s")
        self.kubectl("delete", "serviceaccount", "default")
        self.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=30s")
