# What a Ruby program does with Debian's ruby-kubeclient. Prints what it saw as one JSON object, for test_ruby_client.py to judge.
require "json"
require "kubeclient"

kubeconfig, namespace = ARGV
context = Kubeclient::Config.read(kubeconfig).context
open_client = lambda do |path, version|
  Kubeclient::Client.new(context.api_endpoint + path, version, ssl_options: context.ssl_options, auth_options: context.auth_options)
end
core = open_client.call("/api", "v1")
tasks = open_client.call("/apis/noizy.dev", "v1")
seen = { kinds: tasks.discover && tasks.instance_variable_get(:@entities).keys.sort }

body = { metadata: { name: "r", namespace: namespace, labels: { made: "by-ruby" } }, spec: { exec: { command: ["true"] }, suspend: true } }
made = tasks.create_task(Kubeclient::Resource.new(body))
seen[:created] = made.metadata.name
begin
  tasks.create_task(Kubeclient::Resource.new(body))
rescue Kubeclient::HttpError => e
  seen[:refused] = [e.error_code, e.message]
end

# From the version of the list on, until the deletion comes by.
version = tasks.get_tasks(namespace: namespace).resourceVersion
watcher = tasks.watch_tasks(namespace: namespace, resource_version: version)
watching = Thread.new do
  events = []
  watcher.each do |event|
    events << [event.type, event.object.metadata.name, event.object.spec&.priority]
    break if event.type == "DELETED"
  end
  events
end

tasks.merge_patch_task("r", { spec: { priority: 2 } }, namespace)
tasks.json_patch_task("r", [{ op: "replace", path: "/spec/priority", value: 3 }], namespace)
found = tasks.get_task("r", namespace)
found.spec.priority = 4
tasks.update_task(found)
begin
  tasks.update_task(found)
rescue Kubeclient::HttpError => e
  seen[:conflict] = e.error_code
end
seen[:selected] = tasks.get_tasks(namespace: namespace, label_selector: "made=by-ruby").map { |task| task.metadata.name }
seen[:chunk] = tasks.get_tasks(namespace: namespace, limit: 1).size
tasks.merge_patch_task("r", { metadata: { finalizers: nil } }, namespace)
tasks.delete_task("r", namespace)
seen[:events] = watching.join(60)&.value
begin
  tasks.get_task("r", namespace)
rescue Kubeclient::ResourceNotFoundError => e
  seen[:gone] = e.message
end

core.create_config_map(Kubeclient::Resource.new(metadata: { name: "c", namespace: namespace }, data: { k: "v" }))
seen[:config] = core.get_config_map("c", namespace).data.to_h
puts JSON.generate(seen)
