"""Debian's python3-kubernetes: typed, custom-object and dynamic clients, watches, an informer's loop, leader election by ConfigMap and by Lease."""

import datetime
import json
import logging
import os
import threading
import unittest

try:
    import kubernetes
    from kubernetes.leaderelection import electionconfig, leaderelection
    from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock
except ImportError as missing:
    raise ImportError("python3-kubernetes is missing: run tools/install-dependencies --test, and these tests with /usr/bin/python3") from missing

import conformance
import grid

logging.getLogger().setLevel(logging.WARNING)  # the elections tell each step
ApiException = kubernetes.client.ApiException
TASKS = ("noizy.dev", "v1")


class PythonTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = kubernetes.config.new_client_from_config(cls.grid.kubeconfig)
        cls.addClassCleanup(cls.api.close)
        cls.core = kubernetes.client.CoreV1Api(cls.api)
        cls.custom = kubernetes.client.CustomObjectsApi(cls.api)
        cls.leases = kubernetes.client.CoordinationV1Api(cls.api)

    def refused(self, code, call, *arguments, **options):
        with self.assertRaises(ApiException) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.status, code)
        return json.loads(caught.exception.body)


class TypedTest(PythonTest):
    def test_a_config_map_from_creation_to_deletion(self):
        body = kubernetes.client.V1ConfigMap(metadata=kubernetes.client.V1ObjectMeta(name="typed", labels={"a": "b"}), data={"k": "v"})
        made = self.core.create_namespaced_config_map(self.namespace, body)
        self.assertIsInstance(made.metadata.creation_timestamp, datetime.datetime)
        self.assertEqual(self.refused(409, self.core.create_namespaced_config_map, self.namespace, body)["reason"], "AlreadyExists")
        listed = self.core.list_namespaced_config_map(self.namespace, label_selector="a=b", limit=1)
        self.assertEqual([item.metadata.name for item in listed.items], ["typed"])
        made.data["k"] = "w"
        replaced = self.core.replace_namespaced_config_map("typed", self.namespace, made)
        self.assertEqual(replaced.data, {"k": "w"})
        self.assertEqual(self.refused(409, self.core.replace_namespaced_config_map, "typed", self.namespace, made)["reason"], "Conflict")
        self.core.patch_namespaced_config_map("typed", self.namespace, [{"op": "add", "path": "/data/x", "value": "y"}])
        self.assertEqual(self.core.read_namespaced_config_map("typed", self.namespace).data, {"k": "w", "x": "y"})
        self.assertEqual(self.core.delete_namespaced_config_map("typed", self.namespace).status, "Success")
        self.assertEqual(self.refused(404, self.core.read_namespaced_config_map, "typed", self.namespace)["details"]["name"], "typed")

    def test_a_secret_is_bytes(self):
        body = kubernetes.client.V1Secret(metadata=kubernetes.client.V1ObjectMeta(name="s"), string_data={"k": "v"})
        made = self.core.create_namespaced_secret(self.namespace, body)
        self.assertEqual((made.data, made.string_data, made.type), ({"k": "dg=="}, None, "Opaque"))

    def test_custom_objects(self):
        where = (*TASKS, self.namespace, "tasks")
        self.custom.create_namespaced_custom_object(*where, conformance.task("custom", suspend=True))
        patched = self.custom.patch_namespaced_custom_object(*where, "custom", {"spec": {"priority": 3}})
        self.assertEqual(patched["spec"]["priority"], 3)
        self.custom.patch_namespaced_custom_object_status(*where, "custom", {"status": {"message": "m"}})
        found = self.custom.get_namespaced_custom_object(*where, "custom")
        self.assertEqual((found["status"]["message"], found["metadata"]["generation"]), ("m", 2))
        wrong = self.refused(422, self.custom.create_namespaced_custom_object, *where, conformance.task("bad", priority="x", suspend="y"))
        self.assertEqual({cause["field"] for cause in wrong["details"]["causes"]}, {"spec.priority", "spec.suspend"})
        self.custom.delete_collection_namespaced_custom_object(*where)
        for name in ("custom",):
            self.custom.patch_namespaced_custom_object(*where, name, {"metadata": {"finalizers": None}})
        self.assertEqual(self.custom.list_namespaced_custom_object(*where)["items"], [])

    def test_the_dynamic_client(self):
        cache = os.path.join(self.grid.folder, "discovery.json")  # else it stays in /tmp
        dynamic = kubernetes.dynamic.DynamicClient(self.api, cache_file=cache)
        tasks = dynamic.resources.get(api_version="noizy.dev/v1", kind="Task")
        tasks.create(body=conformance.task("dynamic", {"made": "dynamically"}, suspend=True), namespace=self.namespace)
        tasks.patch(body={"spec": {"priority": 4}}, name="dynamic", namespace=self.namespace, content_type="application/merge-patch+json")
        listed = tasks.get(namespace=self.namespace, label_selector="made=dynamically")
        self.assertEqual([(item.metadata.name, item.spec.priority) for item in listed.items], [("dynamic", 4)])
        with self.assertRaises(kubernetes.dynamic.exceptions.NotFoundError):
            tasks.get(name="none", namespace=self.namespace)
        with self.assertRaises(kubernetes.dynamic.exceptions.ResourceNotFoundError):
            dynamic.resources.get(api_version="noizy.dev/v1", kind="Nothing")
        tasks.delete(name="dynamic", namespace=self.namespace)


class InformerTest(PythonTest):
    """The loop every Python controller has: list, watch from there, list again when the history is gone."""

    def events(self, count, timeout_seconds=grid.STEP_SECONDS, **options):
        stream = kubernetes.watch.Watch().stream(self.core.list_namespaced_config_map, self.namespace, timeout_seconds=timeout_seconds, **options)
        found = []
        for event in stream:
            found.append((event["type"], event["object"].metadata.name))
            if len(found) == count:
                break
        return found

    def put(self, name, **data):
        return self.core.create_namespaced_config_map(self.namespace, conformance.config_map(name, {"in": "watch"}, **data))

    def test_a_watch_goes_on_where_a_list_ended(self):
        self.put("before")
        version = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        self.put("after")
        self.core.delete_namespaced_config_map("before", self.namespace)
        self.core.patch_namespaced_config_map("after", self.namespace, [{"op": "add", "path": "/data", "value": {"x": "y"}}])
        expected = [("ADDED", "after"), ("DELETED", "before"), ("MODIFIED", "after")]
        self.assertEqual(self.events(3, resource_version=version), expected)
        self.assertEqual(self.events(1, field_selector="metadata.name=after"), [("ADDED", "after")])

    def test_a_watch_ends_when_its_time_is_over(self):
        stream = kubernetes.watch.Watch().stream(self.core.list_namespaced_config_map, self.namespace, resource_version="0",
                                                 label_selector="none=here", timeout_seconds=1)
        self.assertEqual(list(stream), [])

    def forget_history(self):
        """Writes more than the server remembers (32 MiB of superseded versions)."""
        large = "x" * 900_000
        self.put("large", large=large)
        for turn in range(45):
            self.core.patch_namespaced_config_map("large", self.namespace, [{"op": "replace", "path": "/data/large", "value": str(turn) + large}])

    def test_history_that_is_gone_is_said_with_410_and_a_new_list_goes_on(self):
        made = self.put("old")
        page = self.core.list_namespaced_config_map(self.namespace, limit=1)
        self.forget_history()
        self.put("last")
        with self.assertRaises(ApiException) as caught:
            for _ in range(grid.STEP_SECONDS):  # the server forgets when it has nothing better to do; each watch ends after a second
                self.events(None, resource_version=made.metadata.resource_version, timeout_seconds=1, field_selector="metadata.name=none")
        self.assertEqual(caught.exception.status, 410)
        self.assertIn("Expired", caught.exception.reason + str(caught.exception.body))  # the server may say it before or in the stream
        with self.assertRaises(ApiException) as caught:
            self.core.list_namespaced_config_map(self.namespace, limit=9, _continue=page.metadata._continue)
        self.assertEqual(caught.exception.status, 410)
        token = json.loads(caught.exception.body)["metadata"]["continue"]
        rest = self.core.list_namespaced_config_map(self.namespace, limit=9, _continue=token)
        self.assertNotIn(page.items[0].metadata.name, {item.metadata.name for item in rest.items})
        listed = self.core.list_namespaced_config_map(self.namespace)
        self.assertEqual(len(rest.items) + 1, len(listed.items), "the token that came with the refusal goes on from there")
        self.assertLessEqual({"old", "last"}, {item.metadata.name for item in listed.items})
        self.core.delete_namespaced_config_map("last", self.namespace)
        self.assertEqual(self.events(1, resource_version=listed.metadata.resource_version), [("DELETED", "last")])


class LeaderElectionTest(PythonTest):
    def candidate(self, name, started):
        """The client's own election; what it does in a round is public, so no round has to be waited for."""
        lock = ConfigMapLock("leader", self.namespace, name)
        lock.api_instance = self.core
        return leaderelection.LeaderElection(electionconfig.Config(lock, lease_duration=2, renew_deadline=1.5, retry_period=1,
                                                                   onstarted_leading=started, onstopped_leading=None))

    def test_a_config_map_has_one_leader(self):
        first, second = (self.candidate(name, threading.Event().set) for name in ("first", "second"))
        self.assertTrue(first.try_acquire_or_renew())
        self.assertFalse(second.try_acquire_or_renew())
        self.assertTrue(first.try_acquire_or_renew())
        # The leader was not heard of for longer than its lease: the other one takes over, and the first one sees it.
        self.assertFalse(second.try_acquire_or_renew())
        second.observed_time_milliseconds -= 2000
        self.assertTrue(second.try_acquire_or_renew())
        self.assertFalse(first.try_acquire_or_renew())
        self.assertEqual(first.observed_record.holder_identity, "second")

    def test_two_that_reach_for_a_config_map_at_once(self):
        first, second = (self.candidate(name, threading.Event().set) for name in ("one", "two"))
        first.election_config.lock.name = second.election_config.lock.name = "contested"
        won = []
        both = [threading.Thread(target=lambda who=who: won.append(who.try_acquire_or_renew())) for who in (first, second)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        self.assertEqual(sorted(won), [False, True])

    def renew(self, lease, holder):
        lease.spec.holder_identity = holder
        lease.spec.renew_time = datetime.datetime.now(datetime.timezone.utc)
        return self.leases.replace_namespaced_lease(lease.metadata.name, self.namespace, lease)

    def test_a_lease_has_one_leader(self):
        spec = kubernetes.client.V1LeaseSpec(holder_identity="first", lease_duration_seconds=1, lease_transitions=0)
        body = kubernetes.client.V1Lease(metadata=kubernetes.client.V1ObjectMeta(name="leader"), spec=spec)
        self.leases.create_namespaced_lease(self.namespace, body)
        self.assertEqual(self.refused(409, self.leases.create_namespaced_lease, self.namespace, body)["reason"], "AlreadyExists")
        seen_by_first = self.leases.read_namespaced_lease("leader", self.namespace)
        seen_by_second = self.leases.read_namespaced_lease("leader", self.namespace)
        held = self.renew(seen_by_first, "first")
        self.assertEqual(held.spec.renew_time.microsecond, seen_by_first.spec.renew_time.microsecond)
        with self.assertRaises(ApiException) as lost:
            self.renew(seen_by_second, "second")
        self.assertEqual(lost.exception.status, 409)
        self.assertEqual(self.leases.read_namespaced_lease("leader", self.namespace).spec.holder_identity, "first")


del PythonTest  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
