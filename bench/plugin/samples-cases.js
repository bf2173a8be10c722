// The sample policies as the benchmark asks them: a usual configuration and a request or a piece of an answer that makes them work.

const SENTENCE =
  'The order of 12 March arrived late, so please tell the team what happened and when we ship. ';
const KIB_2 = SENTENCE.repeat(22).slice(0, 2048);

const talk = content => ({
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'You are a helpful assistant of the support team.' },
    { role: 'user', content },
  ],
});
const withData = `${KIB_2.slice(0, 1900)} Ann, ann.lee@example.com, +49 30 1234567, DE89 3704 0044 0532 0130 00, 4111 1111 1111 1111.`;
const texts = { model: 'gpt-4o', consumer: 'team-a', key: 'ci', request_id: 'req_1', event_kind: 'text' };
const integers = { tools: 0, opaque_parts: 0, input_tokens: 500, choice: 0 };

const WORDS = [
  'ignore',
  'forget',
  'reveal',
  'print',
  'repeat',
  'override',
  'disregard',
  'bypass',
  'disable',
  'leak',
];
const patterns = WORDS.flatMap(word => [`${word} * instructions`, `${word} the system prompt`]);
const forbidden = Array.from({ length: 20 }, (_, i) => `Project Code Name ${i}`);

const sample = (name, title, config, more = {}) => ({
  name,
  title: `${name}: ${title}`,
  config,
  hook: 'on_request',
  body: talk(KIB_2),
  texts,
  integers,
  event: null,
  ...more,
});

export const SAMPLES = [
  sample('model-tiers', 'ten tiers', {
    tiers: Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`tier${i}`, ['gpt-4o-mini', 'claude-*haiku*', 'gpt-4o*']]),
    ),
    consumers: Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`team-${'jihgfedcba'[i]}`, `tier${i}`]),
    ),
  }),
  sample('pii-redact', '2 KB, nothing found', {}),
  sample('pii-redact', '2 KB, four things found', {}, { body: talk(withData) }),
  sample('prompt-guard', '2 KB, 20 patterns, all heuristics', { patterns }),
  sample(
    'context-budget',
    '40 messages of 50 bytes, 20 dropped',
    { max_messages: 21 },
    {
      body: {
        model: 'gpt-4o',
        messages: Array.from({ length: 41 }, (_, i) => ({
          role: i % 2 === 0 ? 'user' : 'assistant',
          content: SENTENCE.slice(0, 50),
        })),
      },
    },
  ),
  sample(
    'output-guard',
    '20 texts, a piece of 5 bytes',
    { texts: forbidden },
    { hook: 'on_event', body: null, event: ' word' },
  ),
  sample(
    'output-guard',
    '20 texts, a tail is held',
    { texts: forbidden },
    { hook: 'on_event', body: null, event: ' Proj' },
  ),
  sample(
    'quota-by-tag',
    'two quotas',
    {
      limits: [
        { by: 'consumer', unit: 'requests', limit: 1_000_000_000, per: '30d' },
        { by: 'key', unit: 'tokens', limit: 1_000_000_000_000, per: '1h' },
      ],
    },
    { body: null },
  ),
  sample('cost-router', '2 KB, three words', {
    model: 'gpt-4o-mini',
    max_bytes: 4000,
    keep_words: ['prove', 'refactor', 'step by step'],
  }),
  sample('canary', 'by consumer', { percent: 5, model: 'gpt-new', from: ['gpt-4*'] }),
];
