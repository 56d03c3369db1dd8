// What a program on Node does with @kubernetes/client-node. Prints what it saw as one JSON object, for test_javascript_client.py to judge.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, kubeconfig, namespace] = process.argv.slice(2);
const entry = createRequire(packages + "/").resolve("@kubernetes/client-node");
const k8s = await import(pathToFileURL(entry));
const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(k8s.CoreV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const tasks = { group: "noizy.dev", version: "v1", plural: "tasks", namespace };
const seen = {};

const codeOf = (error) => [error.code, JSON.parse(error.body).reason];
const patchAs = (type) => k8s.setHeaderOptions("Content-Type", type);
const configMap = (name, data) => ({ metadata: { name, labels: { made: "by-js" } }, data });
// A promise that an event resolves, so that nothing sleeps.
const deferred = () => {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
};

// Typed objects and their errors.
const made = await core.createNamespacedConfigMap({ namespace, body: configMap("typed", { k: "v" }) });
seen.createdAt = made.metadata.creationTimestamp instanceof Date;
seen.exists = await core.createNamespacedConfigMap({ namespace, body: configMap("typed") }).catch(codeOf);
await core.patchNamespacedConfigMap({ name: "typed", namespace, body: { data: { k: null, x: "y" } } }, patchAs(k8s.PatchStrategy.MergePatch));
await core.patchNamespacedConfigMap(
  { name: "typed", namespace, body: [{ op: "add", path: "/data/z", value: "1" }] },
  patchAs(k8s.PatchStrategy.JsonPatch),
);
const found = await core.readNamespacedConfigMap({ name: "typed", namespace });
seen.patched = found.data;
await core.replaceNamespacedConfigMap({ name: "typed", namespace, body: { ...found, data: { last: "one" } } });
seen.conflict = await core.replaceNamespacedConfigMap({ name: "typed", namespace, body: found }).catch(codeOf);
seen.gone = await core.readNamespacedConfigMap({ name: "none", namespace }).catch(codeOf);

// Custom objects.
const task = { apiVersion: "noizy.dev/v1", kind: "Task", metadata: { name: "js" }, spec: { exec: { command: ["true"] }, suspend: true } };
await custom.createNamespacedCustomObject({ ...tasks, body: task });
await custom.patchNamespacedCustomObject(
  { ...tasks, name: "js", body: { spec: { priority: 5 } } },
  patchAs(k8s.PatchStrategy.MergePatch),
);
const wrong = { ...task, metadata: { name: "wrong" }, spec: { ...task.spec, priority: "high" } };
seen.invalid = await custom.createNamespacedCustomObject({ ...tasks, body: wrong }).catch(codeOf);
seen.priority = (await custom.getNamespacedCustomObject({ ...tasks, name: "js" })).spec.priority;

// Objects of any kind, found by discovery.
const any = k8s.KubernetesObjectApi.makeApiClient(config);
const read = await any.read({ apiVersion: "noizy.dev/v1", kind: "Task", metadata: { name: "js", namespace } });
read.spec.priority = 6;
seen.replaced = (await any.replace(read)).spec.priority;

// An informer: what is there, then what comes.
const events = [];
const waiting = new Map();
const until = (event) => {
  if (events.includes(event)) return Promise.resolve();
  const step = deferred();
  waiting.set(event, step.resolve);
  return step.promise;
};
const informer = k8s.makeInformer(
  config,
  `/api/v1/namespaces/${namespace}/configmaps`,
  () => core.listNamespacedConfigMap({ namespace, labelSelector: "made=by-js" }),
  "made=by-js",
);
for (const verb of ["add", "update", "delete"]) {
  informer.on(verb, (object) => {
    const event = `${verb} ${object.metadata.name}`;
    events.push(event);
    waiting.get(event)?.();
  });
}
await informer.start();
await until("add typed");
await core.createNamespacedConfigMap({ namespace, body: configMap("informed", { n: "1" }) });
await until("add informed");
await core.patchNamespacedConfigMap(
  { name: "informed", namespace, body: { data: { n: "2" } } },
  patchAs(k8s.PatchStrategy.MergePatch),
);
await until("update informed");
seen.cached = informer.get("informed", namespace).data;
await core.deleteNamespacedConfigMap({ name: "informed", namespace });
await until("delete informed");
await informer.stop();
seen.events = events;

// A plain watch, which the server ends when its time is over.
const ended = deferred();
const watch = new k8s.Watch(config);
const path = `/api/v1/namespaces/${namespace}/configmaps`;
await watch.watch(path, { timeoutSeconds: 1, fieldSelector: "metadata.name=typed" }, (type, object) => (seen.watched = [type, object.metadata.name]), ended.resolve);
await ended.promise;

console.log(JSON.stringify(seen));
process.exit(0);
