// Kernel classify against its slow twin: hand-made cases, random and damaged objects, every split, and its memory.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClassifyKernel } from '../../src/kernel/classify.js';
import { twinFacts } from './classify-twin.js';

const kernel = ClassifyKernel.load();
const scan = (text: string) => kernel.scanWhole(Buffer.from(text));
const longText = 'a "quoted" \\ text of some length, ';

describe('what classify finds in a JSON body', () => {
  test('finds a model that follows a megabyte of messages', () => {
    const messages = Array.from({ length: 32 }, () => ({ role: 'user', content: longText.repeat(1000) }));
    const body = JSON.stringify({ messages, model: 'gpt-4o' });
    expect(body.length).toBeGreaterThan(1_000_000);
    expect(scan(body)).toMatchObject({ model: 'gpt-4o', messages: 32 });
  });

  test.each([
    ['an escaped key', '{"mod\\u0065l":"a"}', 'a'],
    ['an escaped value', '{"model":"\\u00e9\\ud83d\\ude00\\n\\/"}', 'é😀\n/'],
    ['a lone surrogate as U+FFFD', '{"model":"\\ud83dx\\ude00"}', '\ufffdx\ufffd'],
    ['the last of duplicate keys', '{"model":"a","model":"b"}', 'b'],
    ['a last duplicate that is no string', '{"model":"a","model":null}', null],
    ['an escaped duplicate', '{"model":"a","mode\\u006c":"b"}', 'b'],
    ['no model inside a string', '{"input":"\\"model\\":\\"b\\"","user":"u"}', null],
    ['no model of a nested object', '{"metadata":{"model":"b"},"tools":[{"model":"c"}]}', null],
    ['no model in a key that is longer', '{"models":"a","model ":"b","xmodel":"c"}', null],
    ['modelId where model is missing', '{"modelId":"amazon.nova"}', 'amazon.nova'],
    ['model before engine', '{"engine":"old","model":"new"}', 'new'],
    ['an empty model as none', '{"model":""}', null],
  ])('finds %s', (_, body, model) => {
    expect(scan(body)).toMatchObject({ form: 'json', model });
  });

  test('cuts a model longer than a slot keeps, and shows that', () => {
    expect(scan(JSON.stringify({ model: 'm'.repeat(448) })).model).toBe('m'.repeat(448));
    expect(scan(JSON.stringify({ model: 'm'.repeat(449) })).model).toBe(`${'m'.repeat(448)}…`);
  });

  test.each([
    ['{"max_tokens":5}', 5],
    ['{"max_completion_tokens":6}', 6],
    ['{"max_output_tokens":7}', 7],
    ['{"generationConfig":{"maxOutputTokens":8}}', 8],
    ['{"generation_config":{"max_output_tokens":9}}', 9],
    ['{"inferenceConfig":{"maxTokens":10}}', 10],
    ['{"options":{"num_predict":11}}', 11],
    ['{"options":{"num_predict":-1}}', null],
    ['{"textGenerationConfig":{"maxTokenCount":12}}', 12],
    ['{"max_gen_len":13}', 13],
    ['{"maxTokens":14}', 14],
    ['{"max_tokens_to_sample":15}', 15],
    ['{"max_tokens":1e3}', 1000],
    ['{"max_tokens":25.6e1}', 256],
    ['{"max_tokens":0}', 0],
    ['{"max_tokens":"256"}', null],
    ['{"max_tokens":256,"max_tokens":null}', null],
    ['{"max_tokens":10,"max_completion_tokens":100}', 100],
    ['{"metadata":{"max_tokens":10}}', null],
  ])('reads the bound of %s as %s', (body, bound) => {
    expect(scan(body).maxOutputTokens).toBe(bound);
  });

  test.each([
    ['{"tools":[{"functionDeclarations":[{},{},{}]},{"googleSearch":{}}]}', 4],
    ['{"tools":{"functionDeclarations":[{},{}]}}', 2],
    ['{"toolConfig":{"tools":[{"toolSpec":{}},{"cachePoint":{"type":"default"}}]}}', 1],
    ['{"tools":[{"type":"function"}],"functions":[{},{}]}', 3],
    ['{"tools":[]}', 0],
    ['{"tools":null}', null],
  ])('counts the tools of %s as %s', (body, tools) => {
    expect(scan(body).tools).toBe(tools);
  });

  test.each([
    ['{"stream_options":{}}', true, false],
    ['{ "stream_options" : { } }', true, false],
    ['{"stream_options":{"x":1}}', false, false],
    ['{"stream_options":{"include_usage":false}}', false, true],
    ['{"stream_options":{"include_usage":true},"stream_options":{"x":{}}}', false, false],
  ])('finds where %s can be added to', (body, empty, decided) => {
    const facts = scan(body);
    expect(body.slice(0, facts.streamOptionsAt).trimEnd()).toMatch(/"stream_options"\s*:\s*\{$/);
    expect(body.lastIndexOf('"stream_options"')).toBeLessThan(facts.streamOptionsAt);
    expect(facts).toMatchObject({ streamOptionsEmpty: empty, includeUsageSet: decided });
  });

  test('has no place for stream options that are not an object', () => {
    expect(scan('{"stream_options":null}').streamOptionsAt).toBe(-1);
    expect(scan('{"x":{"stream_options":{}}}').streamOptionsAt).toBe(-1);
  });

  test('tells nothing of a body that is not one whole object', () => {
    for (const body of ['{"model":"a"', '{"model":"a"} x', '[{"model":"a"}]', '"model"', ' ', 'model=a']) {
      expect(scan(body), body).toMatchObject({ form: 'invalid', model: null, closeAt: -1 });
    }
    expect(scan('').form).toBe('empty');
  });

  test('skips a byte-order mark, and only one', () => {
    expect(scan('\ufeff{"model":"a"}').model).toBe('a');
    expect(scan('\ufeff\ufeff{"model":"a"}').form).toBe('invalid');
  });

  test('takes nesting up to 8,192 levels', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(scan(nested(8191)).form).toBe('json');
    expect(scan(nested(8192)).form).toBe('invalid');
  });
});

test.each([15, 16, 30, 31, 32, 33, 60])('finds its way back from %i parts in each other', levels => {
  const inner = `${'{"content":['.repeat(levels)}{"type":"image"}${']}'.repeat(levels)}`;
  const facts = scan(`{"messages":[${inner},{"content":"x"}],"model":"after"}`);
  expect(facts).toMatchObject({ form: 'json', model: 'after', messages: 2 });
  // Contexts are kept for 64 containers: the object, the list, two a level, and the part itself.
  expect((facts.modalities & 2) !== 0).toBe(2 + 2 * levels + 1 <= 64);
});

describe('how classify agrees with JSON.parse', () => {
  const pieces = [
    'tru',
    'true',
    'nul',
    '-',
    '-0',
    '01',
    '1.',
    '.5',
    '1e',
    '1e+',
    '1e+5',
    '+1',
    'NaN',
    "'a'",
    '1 2',
  ];
  const more = [
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '"\x7f"',
    ',',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{"a":}',
    '{,}',
    '{a:1}',
    '[}',
  ];

  test.each([...pieces, ...more])('on the value %j', piece => {
    for (const body of [`{"a":${piece}}`, `{"a":[${piece}]}`, `{"a":1,"b":{"c":${piece} }}`]) {
      expect(scan(body).form, body).toBe(twinFacts(Buffer.from(body)).form);
    }
  });

  test('on bad UTF-8: replaced in strings, refused elsewhere', () => {
    const inString = Buffer.from('{"model":"a\xff\xc3","b":"\xe2\x82"}', 'latin1');
    expect(kernel.scanWhole(inString)).toMatchObject(twinFacts(inString));
    const outside = Buffer.from('{"model":"a"\xff}', 'latin1');
    expect(kernel.scanWhole(outside).form).toBe('invalid');
  });

  test('on any object, in any pieces', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 }), (body, sizes) => {
        const bytes = Buffer.from(body);
        const facts = kernel.scanWhole(bytes);
        expect(facts).toMatchObject(twinFacts(bytes));
        expect(inPieces(bytes, sizes)).toEqual(facts);
      }),
      { numRuns: 1500, seed: 20250101 },
    );
  });

  test('on whether a damaged object is one', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.nat(),
        fc.constantFrom(...'"\\{}[]:,0-.eE tfn\n\x00u'),
        fc.nat(2),
        (body, at, byte, how) => {
          const place = at % (body.length + 1);
          const inserted = how === 2 ? '' : byte;
          const damaged = body.slice(0, place) + inserted + body.slice(place + (how === 0 ? 0 : 1));
          const bytes = Buffer.from(damaged);
          const { form, model, stream } = twinFacts(bytes);
          expect(kernel.scanWhole(bytes), damaged).toMatchObject({ form, model, stream });
        },
      ),
      { numRuns: 4000, seed: 20250102 },
    );
  });

  test('at every split of a body', () => {
    const body = Buffer.from(
      '{ "mod\\u0065l" : "g\\ud83d\\ude00é", "stream":true,"max_tokens":-1.5e+2,\n  "messages":[{"content":[{"type":"image_url"}]}],"stream_options":{ } , "max_output_tokens":12 }',
    );
    const whole = kernel.scanWhole(body);
    expect(whole).toMatchObject({ model: 'g😀é', maxOutputTokens: 12, messages: 1, modalities: 2 });
    for (let at = 0; at <= body.length; at++)
      expect(inPieces(body, [at, body.length]), `${at}`).toEqual(whole);
  });

  test.each([-1, 0, 1, 63, 64])('where a string ends at the window + %i', past => {
    const head = '{"messages":["';
    const body = `${head}${'x'.repeat(131072 + past - head.length)}"],"model":"after"}`;
    expect(scan(body)).toMatchObject({ model: 'after', messages: 1 });
    expect(scan(body).closeAt).toBe(body.length - 1);
  });
});

describe('how classify holds its memory', () => {
  test('keeps bodies apart that arrive at once', () => {
    const own = ClassifyKernel.load();
    const texts = Array.from({ length: 100 }, (_, i) => `{"user":"u${i}","model":"model-${i}"}`);
    const scans = texts.map(() => own.open('json', null));
    for (let at = 0; at < 40; at += 3) {
      scans.forEach((one, i) => {
        one.push(Buffer.from(texts[i] ?? '').subarray(at, at + 3));
      });
      own.scanWhole(Buffer.from('{"model":"between"}'));
    }
    expect(scans.map(one => one.finish().model)).toEqual(texts.map((_, i) => `model-${i}`));
  });

  test('does not grow by bodies, only by bodies at once', () => {
    const own = ClassifyKernel.load();
    const before = own.memoryBytes;
    const body = Buffer.from('{"model":"m","messages":[{"content":"hi"}]}');
    for (let i = 0; i < 100_000; i++) own.scanWhole(body);
    for (let i = 0; i < 10_000; i++) {
      const one = own.open('json', null);
      one.push(body);
      if (i % 2 === 0) one.finish();
      else one.abandon();
    }
    expect(own.memoryBytes).toBe(before);
    const open = Array.from({ length: 1000 }, () => own.open('json', null));
    expect(own.memoryBytes).toBeLessThanOrEqual(before + 1000 * 4096 + 65536);
    for (const one of open) one.abandon();
  });

  test('takes nothing more after its end', () => {
    const one = kernel.open('json', null);
    one.finish();
    expect(() => one.push(Buffer.from('{}'))).toThrow(/after finish/);
    expect(() => one.finish()).toThrow(/after finish/);
    one.abandon();
  });
});

test('the SIMD search equals its scalar twin at every offset and alignment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(199), fc.boolean(), (bytes, offset, plain) => {
      const text = plain ? bytes.map(byte => (byte % 64 === 1 ? byte : 0x61)) : bytes;
      const from = Math.min(offset, text.length);
      expect(kernel.plainEnd(text, from, false)).toBe(kernel.plainEnd(text, from, true));
    }),
    { numRuns: 3000, seed: 20250103 },
  );
});

function inPieces(body: Buffer, sizes: readonly number[]) {
  const one = kernel.open('json', null);
  let at = 0;
  for (let i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    one.push(body.subarray(at, at + size));
    at += Math.max(size, i > 0 && size === 0 ? 1 : 0);
  }
  return one.finish();
}

const KEYS =
  'model modelId stream max_tokens max_output_tokens messages contents input requests chat_history message tools functions toolConfig generationConfig inferenceConfig options parameters stream_options include_usage metadata user user_id safety_identifier prompt system content parts text type image image_url inlineData mimeType fileData file images output toolResult functionDeclarations cachePoint maxOutputTokens maxTokens num_predict document documents query x'.split(
    ' ',
  );
const KINDS = [
  'text',
  'image',
  'input_image',
  'document',
  'image/png',
  'video/mp4',
  'a"b\\c\u0001é😀',
  '',
  'x',
];

const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(...KINDS),
    fc.constantFrom(0, 1, 7, 4096, -1, 1.5, 1e21, 1e-7, true, false, null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
}));
const bodies = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 10 }),
    fc.constantFrom(0, 0, 1, 3, 9),
    fc.boolean(),
  )
  .map(([object, indent, escaped]) => {
    const text = JSON.stringify(object, null, indent);
    return escaped
      ? text.replace(/[mé]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : text;
  });
