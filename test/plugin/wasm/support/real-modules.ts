// Work for real modules: the project's kernels through their own wrappers, and modules of npm packages. Each gives something that shows
// what the module computed, and loads its module anew each time, so that it can run once as it is and once metered.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { vi } from 'vitest';

const require = createRequire(import.meta.url);
/** Looked up at each use: the tests put another in its place. */
const engine = () =>
  (
    globalThis as unknown as {
      WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<unknown> };
    }
  ).WebAssembly;

/** A library's CommonJS module as if it had never been loaded. */
function fresh<T>(name: string): T {
  const path = require.resolve(name);
  const folder = path.slice(0, path.lastIndexOf('/node_modules/') + 14 + name.replace(/\/.*/, '').length);
  for (const known of Object.keys(require.cache)) if (known.startsWith(folder)) delete require.cache[known];
  return require(name) as T;
}

const TEXT = [
  'The weir regulates the river and measures it. ',
  'Ünïcödé: 日本語のテキスト, العربية, 🙂👩‍👩‍👧 and emoji; ',
  'const x = {"a": [1, 2.5e-3, null], "b": "\\u00e9\\n"};\n\n\t  ',
  '0123456789 '.repeat(20),
].join('');

const BODY = Buffer.from(
  JSON.stringify({
    model: 'gpt-4o',
    stream: true,
    messages: [
      { role: 'system', content: `${TEXT}"\\\n` },
      {
        role: 'user',
        content: [
          { type: 'text', text: TEXT.repeat(5) },
          { type: 'image_url', image_url: { url: 'https://x' } },
        ],
      },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  }),
);
const BROKEN = [BODY.subarray(0, 400), Buffer.from('{"model":'), Buffer.from('[1,]'), Buffer.from('')];

async function classify(): Promise<unknown> {
  vi.resetModules();
  const { ClassifyKernel } = await import('../../../../src/kernel/classify.js');
  const kernel = ClassifyKernel.load();
  const whole = [BODY, ...BROKEN].map(body => kernel.scanWhole(body));
  const scan = kernel.open('json', null);
  for (let at = 0; at < BODY.length; at += 7) scan.push(BODY.subarray(at, at + 7));
  return [...whole, scan.finish()];
}

async function conversation(): Promise<unknown> {
  vi.resetModules();
  const { ConversationKernel } = await import('../../../../src/kernel/conversation.js');
  const kernel = ConversationKernel.load();
  return [BODY, ...BROKEN].map(body => {
    const read = kernel.read('openai.chat', body);
    if (read === null) return null;
    const parts = [];
    for (let i = 0; i < read.count; i++) parts.push([read.kind(i), read.role(i), read.start(i), read.end(i)]);
    return { complete: read.complete, parts };
  });
}

async function meter(): Promise<unknown> {
  vi.resetModules();
  const { MeterKernel, CLAIM_SSE } = await import('../../../../src/kernel/meter.js');
  const kernel = MeterKernel.load();
  const chunk = (delta: object, rest = {}) =>
    `data: ${JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, delta }], ...rest })}\n\n`;
  const usage = { usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 } };
  const stream = Buffer.from(
    `${chunk({ content: TEXT })}${chunk({ content: 'b' })}${chunk({}, usage)}data: [DONE]\n\n`,
  );
  const slot = kernel.open(CLAIM_SSE, false);
  const spans: string[] = [];
  const flags = [];
  for (let at = 0; at < stream.length; at += 61) {
    flags.push(
      kernel.push(slot, stream.subarray(at, at + 61), from => {
        for (let i = 0; i < from.spanCount; i++)
          spans.push(`${from.spanKind(i)} ${from.spanOffset(i)} ${from.spanLength(i)}`);
      }),
    );
  }
  return { flags, spans, reading: kernel.close(slot) };
}

interface TiktokenLibrary {
  readonly Tiktoken: new (
    ranks: string,
    special: object,
    pattern: string,
  ) => { encode(text: string): Uint32Array };
}

async function tiktoken(): Promise<unknown> {
  const library = fresh<
    { init(callback: (imports: object) => Promise<unknown>): Promise<unknown> } & TiktokenLibrary
  >('tiktoken/lite/init');
  const bytes = readFileSync(require.resolve('tiktoken/lite/tiktoken_bg.wasm'));
  await library.init(imports => engine().instantiate(bytes, imports));
  const model = require('tiktoken/encoders/cl100k_base.json') as {
    bpe_ranks: string;
    special_tokens: object;
    pat_str: string;
  };
  const encoding = new library.Tiktoken(model.bpe_ranks, model.special_tokens, model.pat_str);
  return [TEXT, TEXT.repeat(3), '', 'a'.repeat(500)].map(text => [...encoding.encode(text)].join());
}

interface SourceMapLibrary {
  readonly SourceMapGenerator: new (
    options: object,
  ) => { addMapping(mapping: object): void; toJSON(): object };
  readonly SourceMapConsumer: {
    with<T>(
      map: object,
      url: null,
      work: (consumer: {
        eachMapping(each: (m: object) => void): void;
        originalPositionFor(at: object): object;
      }) => T,
    ): Promise<T>;
  };
}

async function sourceMap(): Promise<unknown> {
  const { SourceMapGenerator, SourceMapConsumer } = fresh<SourceMapLibrary>('source-map');
  const generator = new SourceMapGenerator({ file: 'out.js' });
  for (let i = 0; i < 500; i++) {
    generator.addMapping({
      generated: { line: 1 + (i >> 3), column: (i * 7) % 97 },
      original: { line: 1 + ((i * 31) % 211), column: (i * 13) % 50 },
      source: `s${i % 5}.ts`,
      name: `n${i % 11}`,
    });
  }
  return SourceMapConsumer.with(generator.toJSON(), null, consumer => {
    const mappings: object[] = [];
    consumer.eachMapping(mapping => mappings.push({ ...mapping }));
    const found = mappings
      .slice(0, 50)
      .map((_, i) => consumer.originalPositionFor({ line: 1 + i, column: i }));
    return { mappings, found };
  });
}

async function moduleLexer(): Promise<unknown> {
  const lexer = fresh<{ init: Promise<void>; parse(text: string): readonly unknown[] }>('es-module-lexer');
  await lexer.init;
  return [
    'import a, { b as c } from "x"; export const d = 1; export { a }; import("y"); /* import "z" */',
    `${'export function f(a = `t`) { return /re[/]/.test(a) / 2 }\n'.repeat(3)} import.meta.url; export * from "q"`,
    readFileSync(require.resolve('es-module-lexer'), 'utf8').slice(0, 800).replaceAll('`', "'"),
  ].map(text => {
    try {
      return JSON.stringify(lexer.parse(text));
    } catch (thrown) {
      return String(thrown);
    }
  });
}

interface HttpParser {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(bytes: number): number;
  llhttp_alloc(type: number): number;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_get_error_pos(parser: number): number;
}

/** undici's parser of responses, fed at every split point. */
function httpParser(file: string): () => Promise<unknown> {
  return async () => {
    const bytes = require(`undici/lib/llhttp/${file}.js`) as Uint8Array;
    const events: unknown[] = [];
    const functions = new Proxy(
      {},
      {
        get:
          (_, name) =>
          (_parser: number, at = 0, length = 0) => {
            events.push([name, length, at === 0 ? 0 : at - input]);
            return 0;
          },
      },
    );
    let input = 0;
    const { instance } = (await engine().instantiate(bytes, { env: functions })) as {
      instance: { exports: HttpParser };
    };
    const { exports } = instance;
    exports._initialize?.();
    input = exports.malloc(4096);
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: b, c\r\n\r\nhello',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
      'HTTP/1.1 999 \r\nbroken header\r\n\r\n',
    ];
    for (const answer of answers) {
      for (let cut = 0; cut < answer.length; cut += 5) {
        const parser = exports.llhttp_alloc(2);
        for (const part of [answer.slice(0, cut), answer.slice(cut)]) {
          new Uint8Array(exports.memory.buffer).set(Buffer.from(part, 'latin1'), input);
          events.push(exports.llhttp_execute(parser, input, part.length));
        }
      }
    }
    return events;
  };
}

export const REAL_MODULES: Readonly<Record<string, () => Promise<unknown>>> = {
  'kernel classify': classify,
  'kernel conversation': conversation,
  'kernel meter': meter,
  tiktoken,
  'source-map': sourceMap,
  'es-module-lexer': moduleLexer,
  llhttp: httpParser('llhttp-wasm'),
  'llhttp with SIMD': httpParser('llhttp_simd-wasm'),
};
