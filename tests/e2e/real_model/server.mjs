// OpenAI's chat completions over llama.cpp, on a free port of loopback: tokens, grammar, usage and time are the engine's.
//
//   node server.mjs PACKAGES FOLDER     writes the model into FOLDER, prints "ready http://127.0.0.1:PORT"
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { writeModel } from "./gguf.mjs";

const [packages, folder] = process.argv.slice(2);
const { getLlama, LlamaCompletion } = await import(pathToFileURL(createRequire(packages + "/").resolve("node-llama-cpp")).href);

const file = path.join(folder, "noizy-tiny.gguf");
writeModel(file);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error", maxThreads: 1 });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: 32768, batchSize: 512 });
const sequence = context.getSequence();
const completion = new LlamaCompletion({ contextSequence: sequence });

async function generate(body, onTextChunk) {
  await sequence.clearHistory();
  const prompt = body.messages.map((message) => `${message.role}: ${message.content}\n`).join("") + "assistant: ";
  const schema = body.response_format?.json_schema?.schema;
  const before = sequence.tokenMeter.getState();
  const done = await completion.generateCompletionWithMeta(prompt, {
    grammar: schema ? await llama.createGrammarForJsonSchema(schema) : undefined,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? 256, temperature: body.temperature ?? 0.8, seed: 7, onTextChunk,
  });
  const used = sequence.tokenMeter.diff(before);
  return {
    text: done.response, reason: done.metadata.stopReason === "maxTokens" ? "length" : "stop",
    usage: { prompt_tokens: used.usedInputTokens, completion_tokens: used.usedOutputTokens, total_tokens: used.usedInputTokens + used.usedOutputTokens },
  };
}

const shell = (body, object) => ({ id: "chatcmpl-1", object, created: 0, model: body.model });

async function answer(body, response) {
  if (!body.stream) {
    const { text, reason, usage } = await generate(body);
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: reason }];
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ ...shell(body, "chat.completion"), choices, usage }));
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const send = (more) => response.write(`data: ${JSON.stringify({ ...shell(body, "chat.completion.chunk"), ...more })}\n\n`);
  const { reason, usage } = await generate(body, (content) => send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
  send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
  send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

let last = Promise.resolve();  // one question at a time: there is one sequence
const server = http.createServer(async (request, response) => {
  if (request.url === "/v1/models")
    return response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ object: "list", data: [{ id: "noizy-tiny", object: "model", created: 0, owned_by: "noizy" }] }));
  let text = "";
  for await (const piece of request) text += piece;
  last = last.then(() => answer(JSON.parse(text), response)).catch((error) => {
    console.error(error);
    if (response.headersSent) return response.destroy();
    response.writeHead(500, { "Content-Type": "application/json" }).end(JSON.stringify({ error: { message: String(error), type: "server_error" } }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
