// Work for real modules, each made anew by a call and then done as often as one likes; a turn gives what shows what was computed. Modules are loaded only
// here, so that whoever stands between them and the engine has taken its place before.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const TEXT = [
  'The weir regulates the river and measures it. ',
  'Ünïcödé: 日本語のテキスト, العربية, 🙂 and emoji; ',
  'const x = {"a": [1, 2.5e-3, null], "b": "\\u00e9\\n"};\n\n\t  ',
].join('');
const BODY = Buffer.from(
  JSON.stringify({
    model: 'gpt-4o',
    stream: true,
    messages: [
      { role: 'system', content: TEXT },
      { role: 'user', content: [{ type: 'text', text: TEXT.repeat(20) }] },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  }),
);

async function classify() {
  const { ClassifyKernel } = await import('../../dist/kernel/classify.js');
  const kernel = ClassifyKernel.load();
  return () => kernel.scanWhole(BODY);
}

async function conversation() {
  const { ConversationKernel } = await import('../../dist/kernel/conversation.js');
  const kernel = ConversationKernel.load();
  return () => {
    const read = kernel.read('openai.chat', BODY);
    return [read.complete, read.count, read.start(read.count - 1), read.end(read.count - 1)];
  };
}

async function meter() {
  const { MeterKernel, CLAIM_SSE } = await import('../../dist/kernel/meter.js');
  const kernel = MeterKernel.load();
  const event = (delta, rest = {}) =>
    `data: ${JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, delta }], ...rest })}\n\n`;
  const usage = { usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 } };
  const events = Array.from({ length: 100 }, (_, i) => event({ content: ` word${i}` })).join('');
  const stream = Buffer.from(`${events}${event({}, usage)}data: [DONE]\n\n`);
  return () => {
    const slot = kernel.open(CLAIM_SSE, false);
    let spans = 0;
    for (let at = 0; at < stream.length; at += 1460)
      kernel.push(slot, stream.subarray(at, at + 1460), from => {
        spans += from.spanCount;
      });
    return [spans, kernel.close(slot)];
  };
}

async function tiktoken() {
  const library = require('tiktoken/lite/init');
  const bytes = readFileSync(require.resolve('tiktoken/lite/tiktoken_bg.wasm'));
  await library.init(imports => WebAssembly.instantiate(bytes, imports));
  const { bpe_ranks, special_tokens, pat_str } = require('tiktoken/encoders/cl100k_base.json');
  const encoding = new library.Tiktoken(bpe_ranks, special_tokens, pat_str);
  const text = TEXT.repeat(20);
  return () => [...encoding.encode(text)];
}

async function moduleLexer() {
  const lexer = require('es-module-lexer');
  await lexer.init;
  const text =
    'import a, { b as c } from "x"; export function f(a = `t`) { return /re[/]/.test(a) / 2 }\n'.repeat(50);
  return () => lexer.parse(text.replaceAll('export function f', () => 'function f')).length;
}

/** undici's parser of responses. */
async function httpParser() {
  const functions = new Proxy({}, { get: () => () => 0 });
  const { instance } = await WebAssembly.instantiate(require('undici/lib/llhttp/llhttp-wasm.js'), {
    env: functions,
  });
  const { exports } = instance;
  exports._initialize?.();
  const input = exports.malloc(4096);
  const headers = Array.from({ length: 20 }, (_, i) => `X-Header-${i}: some value of header ${i}\r\n`).join(
    '',
  );
  const answer = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${headers}\r\nhello`);
  const parser = exports.llhttp_alloc(2);
  return () => {
    new Uint8Array(exports.memory.buffer).set(answer, input);
    return exports.llhttp_execute(parser, input, answer.length);
  };
}

export const WORKS = {
  'kernel classify': classify,
  'kernel conversation': conversation,
  'kernel meter': meter,
  tiktoken,
  'es-module-lexer': moduleLexer,
  llhttp: httpParser,
};
