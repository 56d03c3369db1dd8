// Each provider's own SDK asks a server that answers with the recorded stream, or the recorded structured reply: what it sent and what it read, as JSON.
//
//   node client.mjs PACKAGES WIRE         wire.json or structured.json
import http from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, wire] = process.argv.slice(2);
const require = createRequire(packages + "/");
const load = async (name) => await import(pathToFileURL(require.resolve(name)).href);

const system = "Be brief.";
const turns = [
  { role: "user", content: "My name is Ada." },
  { role: "assistant", content: "Hi." },
  { role: "user", content: "Who am I?" },
];

const asking = {
  async openai(url) {
    const { OpenAI } = await load("openai");
    const client = new OpenAI({ baseURL: url + "/v1", apiKey: "key-1", maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "m", messages: [{ role: "system", content: system }, ...turns], max_completion_tokens: 64, temperature: 0.5,
      stream: true, stream_options: { include_usage: true },
    });
    const seen = { text: "", usage: null };
    for await (const chunk of stream) {
      seen.text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.usage) seen.usage = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens];
    }
    return seen;
  },
  async anthropic(url) {
    const { Anthropic } = await load("@anthropic-ai/sdk");
    const client = new Anthropic({ baseURL: url, apiKey: "key-1", maxRetries: 0 });
    const stream = client.messages.stream({ model: "m", messages: turns, system, max_tokens: 64, temperature: 0.5 });
    const message = await stream.finalMessage();
    const text = message.content.filter((block) => block.type === "text").map((block) => block.text).join("");
    return { text, usage: [message.usage.input_tokens, message.usage.output_tokens] };
  },
  async gemini(url) {
    const { GoogleGenAI } = await load("@google/genai");
    const client = new GoogleGenAI({ apiKey: "key-1", httpOptions: { baseUrl: url } });
    const contents = turns.map((turn) => ({ role: turn.role === "user" ? "user" : "model", parts: [{ text: turn.content }] }));
    const stream = await client.models.generateContentStream({
      model: "m", contents, config: { systemInstruction: { parts: [{ text: system }] }, maxOutputTokens: 64, temperature: 0.5 },
    });
    const seen = { text: "", usage: null };
    for await (const chunk of stream) {
      seen.text += chunk.text ?? "";
      const counted = chunk.usageMetadata;
      seen.usage = [counted.promptTokenCount, (counted.candidatesTokenCount ?? 0) + (counted.thoughtsTokenCount ?? 0)];
    }
    return seen;
  },
  async ollama(url) {
    const { Ollama } = await load("ollama");
    const client = new Ollama({ host: url, headers: { Authorization: "Bearer key-1" } });
    const stream = await client.chat({
      model: "m", messages: [{ role: "system", content: system }, ...turns], options: { num_predict: 64, temperature: 0.5 }, stream: true,
    });
    const seen = { text: "", usage: null };
    for await (const part of stream) {
      seen.text += part.message.content;
      if (part.done) seen.usage = [part.prompt_eval_count, part.eval_count];
    }
    return seen;
  },
};

// The same, whole, to a schema: what the recorded question itself says.
const data = '{"task":1}';
const structured = {
  async openai(url, { response_format }) {
    const { OpenAI } = await load("openai");
    const client = new OpenAI({ baseURL: url + "/v1", apiKey: "key-1", maxRetries: 0 });
    const reply = await client.chat.completions.parse({
      model: "m", messages: [{ role: "system", content: system }, { role: "user", content: data }], max_completion_tokens: 64, temperature: 0.5, response_format,
    });
    return { text: reply.choices[0].message.content, usage: [reply.usage.prompt_tokens, reply.usage.completion_tokens] };
  },
  async anthropic(url, { output_config }) {
    const { Anthropic } = await load("@anthropic-ai/sdk");
    const client = new Anthropic({ baseURL: url, apiKey: "key-1", maxRetries: 0 });
    const reply = await client.messages.create({ model: "m", messages: [{ role: "user", content: data }], system, max_tokens: 64, temperature: 0.5, output_config });
    const text = reply.content.filter((block) => block.type === "text").map((block) => block.text).join("");
    return { text, usage: [reply.usage.input_tokens, reply.usage.output_tokens] };
  },
  async gemini(url, { generationConfig }) {
    const { GoogleGenAI } = await load("@google/genai");
    const client = new GoogleGenAI({ apiKey: "key-1", httpOptions: { baseUrl: url } });
    const reply = await client.models.generateContent({
      model: "m", contents: [{ role: "user", parts: [{ text: data }] }],
      config: { systemInstruction: { parts: [{ text: system }] }, maxOutputTokens: 64, temperature: 0.5, responseMimeType: generationConfig.responseMimeType, responseJsonSchema: generationConfig.responseJsonSchema },
    });
    const counted = reply.usageMetadata;
    return { text: reply.text, usage: [counted.promptTokenCount, counted.candidatesTokenCount + counted.thoughtsTokenCount] };
  },
  async ollama(url, { format }) {
    const { Ollama } = await load("ollama");
    const client = new Ollama({ host: url, headers: { Authorization: "Bearer key-1" } });
    const reply = await client.chat({
      model: "m", messages: [{ role: "system", content: system }, { role: "user", content: data }], options: { num_predict: 64, temperature: 0.5 }, format,
    });
    return { text: reply.message.content, usage: [reply.prompt_eval_count, reply.eval_count] };
  },
};

const results = [];
for (const recorded of JSON.parse(readFileSync(wire, "utf8"))) {
  let asked;
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const url = new URL(request.url, "http://server");
    asked = { path: url.pathname, query: url.search.slice(1), headers: request.headers, body: JSON.parse(body) };
    response.writeHead(200, { "Content-Type": recorded.type ?? "application/json" });
    response.end(recorded.stream ?? JSON.stringify(recorded.reply));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const read = await (recorded.reply ? structured : asking)[recorded.api](`http://127.0.0.1:${server.address().port}`, recorded.body);
  server.close();
  server.closeAllConnections();
  results.push({ api: recorded.api, asked, read });
}
console.log(JSON.stringify(results));
