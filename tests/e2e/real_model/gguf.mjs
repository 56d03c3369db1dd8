// A language model of 0.2 MB in llama.cpp's file format, made by us: real weights for a real engine, with nothing to download.
//
// It knows one thing, which kind of character follows which: words of small letters, a space or a quotation mark behind them, lists that end. So a grammar over
// it yields sentences rather than endless strings. The rest of its weights are noise, the same in each run.
import { writeFileSync } from "node:fs";

const WIDTH = 64, HIDDEN = 128, LAYERS = 2, HEADS = 4, CONTEXT = 32768;
const [U32, I32, F32, STRING, ARRAY] = [4, 5, 6, 8, 9];
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];

// The tokens: three marks, all bytes, and the characters of ASCII that print, a space as the format writes it.
const tokens = [["<unk>", UNKNOWN], ["<s>", CONTROL], ["</s>", CONTROL]];
for (let byte = 0; byte < 256; byte++) tokens.push([`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, BYTE]);
for (let code = 0x20; code < 0x7f; code++) tokens.push([code === 0x20 ? "▁" : String.fromCharCode(code), NORMAL]);

const KINDS = ["letter", "space", "quote", "comma", "close", "other"];
const kindOf = ([text, type]) => {
  if (type !== NORMAL) return "other";
  if (/^[a-z]$/.test(text)) return "letter";
  return { "▁": "space", '"': "quote", ",": "comma", "]": "close", "}": "close" }[text] ?? "other";
};
// How likely one kind is behind another, as a logarithm; what is not named is as unlikely as RARE.
const RARE = -9;
const FOLLOWS = {
  letter: { letter: 0, space: 0.8, quote: 0 },
  space: { letter: 0 },
  quote: { letter: 0, comma: -2, close: 0 },
  comma: { letter: 0, space: -1, quote: 0 },
  close: { close: 0, comma: 0 },
  other: { letter: 0, quote: 0, close: -2 },
};

let state = 20261123;
const noise = (scale) => {  // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296 - 0.5) * 2 * scale;
};
const filled = (count, value) => Float32Array.from({ length: count }, value);

// A token's first numbers say its kind; the output's first numbers say what may follow that.
const embedding = filled(tokens.length * WIDTH, () => noise(0.02));
const output = filled(tokens.length * WIDTH, () => noise(0.02));
tokens.forEach((token, row) => {
  embedding[row * WIDTH + KINDS.indexOf(kindOf(token))] = 1;
  const norm = Math.sqrt(WIDTH);  // of such a row, once the engine has scaled it
  KINDS.forEach((kind, column) => { output[row * WIDTH + column] = (FOLLOWS[kind][kindOf(token)] ?? RARE) / norm; });
});

const tensors = [["token_embd.weight", [WIDTH, tokens.length], embedding]];
const matrix = (name, rows, columns) => tensors.push([name, [rows, columns], filled(rows * columns, () => noise(0.01))]);
for (let layer = 0; layer < LAYERS; layer++) {
  const name = (part) => `blk.${layer}.${part}.weight`;
  for (const part of ["attn_norm", "ffn_norm"]) tensors.push([name(part), [WIDTH], filled(WIDTH, () => 1)]);
  for (const part of ["attn_q", "attn_k", "attn_v", "attn_output"]) matrix(name(part), WIDTH, WIDTH);
  for (const part of ["ffn_gate", "ffn_up"]) matrix(name(part), WIDTH, HIDDEN);
  matrix(name("ffn_down"), HIDDEN, WIDTH);
}
tensors.push(["output_norm.weight", [WIDTH], filled(WIDTH, () => 1)], ["output.weight", [WIDTH, tokens.length], output]);

const metadata = [
  ["general.architecture", STRING, "llama"], ["general.name", STRING, "noizy-tiny"],
  ["llama.context_length", U32, CONTEXT], ["llama.embedding_length", U32, WIDTH], ["llama.block_count", U32, LAYERS],
  ["llama.feed_forward_length", U32, HIDDEN], ["llama.attention.head_count", U32, HEADS], ["llama.attention.head_count_kv", U32, HEADS],
  ["llama.rope.dimension_count", U32, WIDTH / HEADS], ["llama.attention.layer_norm_rms_epsilon", F32, 1e-5], ["llama.vocab_size", U32, tokens.length],
  ["tokenizer.ggml.model", STRING, "llama"], ["tokenizer.ggml.tokens", ARRAY, [STRING, tokens.map(([text]) => text)]],
  ["tokenizer.ggml.scores", ARRAY, [F32, tokens.map(() => 0)]], ["tokenizer.ggml.token_type", ARRAY, [I32, tokens.map(([, type]) => type)]],
  ["tokenizer.ggml.unknown_token_id", U32, 0], ["tokenizer.ggml.bos_token_id", U32, 1], ["tokenizer.ggml.eos_token_id", U32, 2],
];

const parts = [];
const number = (size, write) => { const bytes = Buffer.alloc(size); bytes[write[0]](write[1]); parts.push(bytes); };
const u32 = (value) => number(4, ["writeUInt32LE", value]);
const u64 = (value) => number(8, ["writeBigUInt64LE", BigInt(value)]);
const text = (value) => { const bytes = Buffer.from(value); u64(bytes.length); parts.push(bytes); };
const put = {
  [U32]: u32, [I32]: (value) => number(4, ["writeInt32LE", value]), [F32]: (value) => number(4, ["writeFloatLE", value]), [STRING]: text,
  [ARRAY]: ([type, values]) => { u32(type); u64(values.length); values.forEach(put[type]); },
};

/** Writes the model to `path`. */
export function writeModel(path) {
  const ALIGNMENT = 32;
  const aligned = (size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  parts.length = 0;
  parts.push(Buffer.from("GGUF"));
  u32(3);
  u64(tensors.length);
  u64(metadata.length);
  for (const [key, type, value] of metadata) { text(key); u32(type); put[type](value); }
  let offset = 0;
  for (const [name, shape, values] of tensors) {
    text(name);
    u32(shape.length);
    shape.forEach(u64);
    u32(0);  // 32 bits a number
    u64(offset);
    offset = aligned(offset + values.byteLength);
  }
  const pad = () => parts.push(Buffer.alloc(aligned(Buffer.concat(parts).length) - Buffer.concat(parts).length));
  pad();
  for (const [, , values] of tensors) { parts.push(Buffer.from(values.buffer)); pad(); }
  writeFileSync(path, Buffer.concat(parts));
}
