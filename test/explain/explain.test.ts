// What a colleague would say about a request of each kind, written by hand and compared word by word.
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/explain.js';
import { attempt, record, step, usage } from './records.js';

/** Sentences that every plain record begins with. */
const CAME =
  'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 512 bytes: an AI request (openai.chat) for gpt-4o at openai, streamed.';
const TEAM_A = 'It was asked by consumer team-a, from 203.0.113.9.';
const NOWHERE = ['It was not sent to any provider.'];
const NO_TOKENS = ['It took no tokens: nothing was sent to a provider.'];

describe('a served request', () => {
  it('is told from who asked to whose time it took', () => {
    const served = record({
      request: { user_agent: 'OpenAI/Python 2.1' },
      ai: {
        model_served: 'gpt-4o-2024-08-06',
        messages: 2,
        tools: 1,
        modalities: ['text', 'image'],
        max_output_tokens: 4096,
        evidence: [
          { field: 'api', from: 'path', value: '/v1/chat/completions' },
          { field: 'model', from: 'body', value: 'gpt-4o' },
        ],
      },
      consumer: { name: 'team-a', key: 'ci …a1b2', tags: { tier: 'gold' }, end_user: 'u-7' },
      steps: [
        step('key_ok', { phase: 'authenticate', evidence: { consumer: 'team-a', key: 'ci …a1b2' } }),
        step('identified', { phase: 'identify', evidence: { body_bytes: 512 } }),
        step('route_dialect', { phase: 'route', kind: 'route', evidence: { target: 'openai', targets: 1 } }),
        step('usage_opt_in_added', {
          phase: 'change',
          kind: 'usage_opt_in',
          verdict: 'change',
          evidence: { provider: 'openai' },
        }),
        step('usage_provider', {
          phase: 'settle',
          evidence: { finish_reason: 'stop', events: 42, whole: true },
        }),
      ],
      attempts: [attempt('openai', { status: 200, first_byte_ms: 210.4, total_ms: 1900.4 })],
      usage: usage(1051, 200, { cached_input_tokens: 1000, cache_write_tokens: 0, reasoning_tokens: 64 }),
      timing: { total_ms: 1901, first_byte_ms: 211, gateway_ms: 0.3 },
    });
    expect(explain(served)).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 512 bytes: an AI request (openai.chat) for gpt-4o, answered by gpt-4o-2024-08-06 at openai, streamed, 2 messages, 1 tool, with image, at most 4,096 tokens of output.',
      'How that is known: api from the path (/v1/chat/completions), model from the body (gpt-4o).',
      'It was asked by consumer team-a with key ci …a1b2 for its user u-7 (tier=gold), from 203.0.113.9, as "OpenAI/Python 2.1".',
      'Its Weir key is known and in force (key_ok).',
      'Its body of 512 bytes was read whole and understood (identified).',
      'Its path belongs to the provider of that dialect: openai (route_dialect).',
      'Weir added stream_options.include_usage, so that openai tells the tokens, and keeps that extra event from the caller (usage_opt_in_added).',
      'The meter read 42 events of the answer, finish reason stop (usage_provider).',
      'It went to openai: it answered 200, its first byte came after 210 ms, it was over after 1.9 s.',
      'The answer went out whole, with status 200.',
      'Tokens: 1,051 in (1,000 from the cache), 200 out (64 reasoning), as the provider reported.',
      'No price is known for it, so no cost is shown.',
      "It took 1.9 s: 300 µs in Weir's own code, 1.9 s waiting for the provider and the network. The first byte of the answer came after 211 ms.",
    ]);
  });

  it('says how sure each number is, and the cost where there is one', () => {
    const half = record({
      attempts: [attempt('openai', { status: 200 })],
      usage: usage(12, 30, { source: 'estimated', sources: { input: 'provider', output: 'estimated' } }),
      cost: { usd: '0.000330', status: 'estimated', price: 'openai/gpt-4o', catalogue: '2026-11' },
    });
    expect(explain(half)).toEqual([
      CAME,
      TEAM_A,
      'It went to openai: it answered 200.',
      'The answer went out whole, with status 200.',
      'Tokens: 12 in, 30 out, the input as the provider reported, the output estimated by Weir.',
      'It cost $0.000330, estimated from openai/gpt-4o.',
    ]);
  });

  it('of an api without output tokens is not said to lack them', () => {
    const embedding = { ...usage(9, 0), output_tokens: null, sources: { input: 'provider', output: 'none' } };
    const attempts = [attempt('openai', { status: 200 })];
    expect(explain(record({ attempts, usage: embedding }))).toContain(
      'Tokens: 9 in, as the provider reported.',
    );
    const cut = { ...embedding, source: 'none' } as const;
    expect(explain(record({ attempts, usage: cut }))).toContain(
      'Tokens: 9 in, an unknown number out, the input as the provider reported, the output not known.',
    );
  });

  it('tells a refusal of the provider from one of Weir', () => {
    const refused = record({
      status: 429,
      error: { source: 'provider', code: 'weir_provider_error', message: 'Rate limit reached for gpt-4o' },
      attempts: [attempt('openai', { status: 429, error: 'Rate limit reached for gpt-4o' })],
    });
    expect(explain(refused).slice(2)).toEqual([
      'It went to openai: it answered 429, it told of an error, "Rate limit reached for gpt-4o".',
      "The provider itself refused it with status 429; the caller got that answer whole, with the provider's own reason in it. The provider told of an error in it: Rate limit reached for gpt-4o.",
      'Its tokens are not known: the answer told of none.',
    ]);
  });

  it('that is no AI traffic has no word about tokens', () => {
    const plain = record({
      request: { method: 'GET', path: '/openai/robots.txt', bytes: 0, user_agent: 'curl/8.5.0' },
      ai: { is_ai: false, provider: null, api: 'none', model: null, stream: null },
      consumer: { name: 'anonymous', key: null, tags: {}, end_user: null },
      attempts: [attempt('openai', { status: 200, total_ms: 12.4 })],
      timing: { total_ms: 12.5, gateway_ms: 0.1 },
    });
    expect(explain(plain)).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came GET /openai/robots.txt, no body: not recognised as AI traffic.',
      'It was asked by an anonymous caller, from 203.0.113.9, as "curl/8.5.0".',
      'It went to openai: it answered 200, it was over after 12 ms.',
      'The answer went out whole, with status 200.',
      "It took 13 ms: 100 µs in Weir's own code, 12 ms waiting for the provider and the network.",
    ]);
  });
});

describe('a blocked request', () => {
  it('without a known key tells how to get one', () => {
    const unknown = record({
      outcome: 'blocked',
      status: 401,
      consumer: null,
      error: { source: 'client', code: 'weir_invalid_key', message: 'no consumer has this key' },
      timing: { total_ms: 0.2, gateway_ms: 0.197 },
    });
    expect(explain(unknown)).toEqual([
      CAME,
      'Who asked was not established; it came from 203.0.113.9.',
      ...NOWHERE,
      "Weir refused it with status 401: weir_invalid_key, on the request's side: no consumer has this key.",
      'Compare the key with the one that was issued: keys that are mistyped, revoked or not configured are refused. "weir key new <consumer>" makes a new one.',
      ...NO_TOKENS,
      "It took 200 µs, all of it in Weir's own code.",
    ]);
  });

  it('without a route names the ways to give it one', () => {
    const message = 'no provider serves openai.chat; candidates are anthropic, gemini';
    const unrouted = record({
      outcome: 'blocked',
      status: 404,
      ai: { provider: null },
      error: { source: 'client', code: 'weir_no_route', message },
    });
    expect(explain(unrouted)).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 512 bytes: an AI request (openai.chat) for gpt-4o, streamed.',
      TEAM_A,
      ...NOWHERE,
      "Weir refused it with status 404: weir_no_route, on the request's side: no provider serves openai.chat; candidates are anthropic, gemini.",
      'Nothing says where this should go; put the provider first in the path (/openai/v1/…), ask for a model as <provider>/<model>, or add a route to weir.yaml.',
      ...NO_TOKENS,
    ]);
  });

  it('that is too large shows its size', () => {
    const large = record({
      outcome: 'blocked',
      status: 413,
      request: { bytes: 41_943_040 },
      error: {
        source: 'client',
        code: 'weir_body_too_large',
        message: 'the body is 41943040 bytes; limits.body_bytes is 33554432',
      },
    });
    expect(explain(large)).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 40 MiB: an AI request (openai.chat) for gpt-4o at openai, streamed.',
      TEAM_A,
      ...NOWHERE,
      "Weir refused it with status 413: weir_body_too_large, on the request's side: the body is 41943040 bytes; limits.body_bytes is 33554432.",
      'Send less, or raise limits.body_bytes in weir.yaml.',
      ...NO_TOKENS,
    ]);
  });

  it('that could not be read says so', () => {
    const opaque = record({
      outcome: 'blocked',
      status: 422,
      ai: { model: null, stream: null },
      steps: [step('body_opaque', { phase: 'identify', verdict: 'skipped', evidence: { body_bytes: 2048 } })],
      error: {
        source: 'client',
        code: 'weir_opaque_request',
        message: 'the body could not be read as openai.chat JSON',
      },
    });
    expect(explain(opaque)).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 512 bytes: an AI request (openai.chat) at openai.',
      TEAM_A,
      'Its body of 2 KiB could not be read as JSON of its api, so nothing is known of what is in it (body_opaque).',
      ...NOWHERE,
      "Weir refused it with status 422: weir_opaque_request, on the request's side: the body could not be read as openai.chat JSON.",
      'A policy asks for what stands in the body and Weir could not read it; send plain JSON without an encoding, or set "unreadable: pass" (a plugin: "on_opaque: pass") at that policy.',
      ...NO_TOKENS,
    ]);
  });

  it('by a policy shows the numbers it was weighed by, and what a shadow policy would have done', () => {
    const limits = { limit: 100_000, used: 99_500, held: 300, asked: 800, available: 200, reset_ms: 12_000 };
    const limited = record({
      outcome: 'blocked',
      status: 429,
      steps: [
        step('rpm_ok', { policy: 'rpm', kind: 'limit', evidence: { limit: 600, used: 12 } }),
        step('pii_found', {
          policy: 'pii',
          kind: 'plugin',
          mode: 'shadow',
          verdict: 'deny',
          evidence: { matches: 2, blocked: false, where: 'message 1', score: null },
        }),
        step('limit_reached', {
          phase: 'hold',
          policy: 'team-tokens',
          kind: 'limit',
          verdict: 'deny',
          evidence: limits,
        }),
      ],
      error: {
        source: 'policy',
        code: 'weir_limit_reached',
        message: 'team-tokens allows 100000 tokens per minute',
      },
    });
    expect(explain(limited).slice(2)).toEqual([
      'At the gate, limit "rpm" let it pass (rpm_ok: limit 600, used 12).',
      'At the gate, plugin "pii" in shadow mode would have refused it (pii_found: matches 2, blocked no, where message 1, score unknown).',
      'Policy team-tokens refused it: 800 asked, 200 of 100,000 left, 300 held by running requests; it would pass in 12 s (limit_reached).',
      ...NOWHERE,
      'Weir refused it with status 429: weir_limit_reached, on a policy: team-tokens allows 100000 tokens per minute.',
      'Wait as long as Retry-After says; "weir limits" shows who uses the limit, and the policy is named above.',
      ...NO_TOKENS,
    ]);
  });

  it('in the middle of an answer says that it had begun', () => {
    const stopped = record({
      outcome: 'blocked',
      error: { source: 'plugin', code: 'weir_plugin_denied', message: 'a card number' },
      attempts: [attempt('openai', { status: 200, first_byte_ms: 5.4 })],
      usage: usage(12, 40, { source: 'counted', sources: { input: 'counted', output: 'counted' } }),
    });
    expect(explain(stopped).slice(2)).toEqual([
      'It went to openai: it answered 200, its first byte came after 5 ms.',
      'Weir ended the answer after it had begun with status 200: weir_plugin_denied, on a plugin: a card number.',
      'A plugin denies this request; its policy and reason are named above, and whoever keeps weir.yaml knows what it wants.',
      'Tokens: 12 in, 40 out, counted by Weir.',
      'No price is known for it, so no cost is shown.',
    ]);
  });
});

describe('a failed request', () => {
  it('tells every attempt and why each ended', () => {
    const failed = record({
      outcome: 'failed',
      status: 502,
      error: {
        source: 'provider',
        code: 'weir_connect_failed',
        message: 'azure-openai refused the connection',
      },
      steps: [
        step('route_route', { phase: 'route', kind: 'route', evidence: { target: 'openai', targets: 2 } }),
        step('next_target', {
          phase: 'forward',
          kind: 'route',
          verdict: 'change',
          evidence: { why: 'status_503', target: 'azure-openai' },
        }),
      ],
      attempts: [
        attempt('openai', { status: 503, error: 'status_503', total_ms: 80.4 }),
        attempt('azure-openai/my-deployment', { error: 'weir_connect_failed', started_ms: 81, total_ms: 86 }),
      ],
      timing: { total_ms: 86.5, gateway_ms: 0.5 },
    });
    expect(explain(failed).slice(2)).toEqual([
      'A route of the configuration matches it: openai, first of 2 targets (route_route).',
      'Because of status_503 the next target was tried: azure-openai (next_target).',
      'Attempt 1 of 2 went to openai: it answered 503, it ended with status_503, it was over after 80 ms.',
      'Attempt 2 of 2 went to azure-openai/my-deployment (begun at 81 ms): it ended with weir_connect_failed, it was over after 5 ms.',
      "It failed with status 502: weir_connect_failed, on the provider's side: azure-openai refused the connection.",
      "Trying again may work. If it stays, look at the provider's base_url and whether this machine reaches it.",
      'Its tokens are not known: the answer told of none.',
      "It took 87 ms: 500 µs in Weir's own code, 86 ms waiting for the provider and the network.",
    ]);
  });

  it('in the middle of a stream says what the caller had got', () => {
    const broken = record({
      outcome: 'failed',
      status: 200,
      error: { source: 'provider', code: 'weir_idle_timeout', message: 'openai sent nothing for 300 s' },
      steps: [
        step('usage_provider', {
          phase: 'settle',
          evidence: { finish_reason: null, events: 1, whole: false },
        }),
      ],
      attempts: [
        attempt('openai', {
          status: 200,
          error: 'weir_idle_timeout',
          first_byte_ms: 200.4,
          total_ms: 300_200.4,
        }),
      ],
      usage: usage(12, 5),
    });
    expect(explain(broken).slice(2)).toEqual([
      'The meter read 1 event of the answer, which is broken off or not well-formed (usage_provider).',
      'It went to openai: it answered 200, its first byte came after 200 ms, it ended with weir_idle_timeout, it was over after 5 min.',
      "The answer had begun with status 200 and broke off; the caller's stream was ended with an error: weir_idle_timeout, on the provider's side: openai sent nothing for 300 s.",
      'Trying again may work. If the provider pauses that long by habit, raise timeouts.idle.',
      'Tokens: 12 in, 5 out, as the provider reported.',
      'No price is known for it, so no cost is shown.',
    ]);
  });

  it('whose answer was not metered says so', () => {
    const unread = step('usage_none', {
      phase: 'settle',
      evidence: { finish_reason: null, events: 0, whole: false },
    });
    const broken = record({ outcome: 'failed', status: 502, steps: [unread], attempts: [attempt('openai')] });
    expect(explain(broken)).toContain('The meter read nothing of the answer (usage_none).');
  });

  it('before its first byte names the timeout to raise', () => {
    const late = record({
      outcome: 'failed',
      status: 504,
      error: {
        source: 'provider',
        code: 'weir_first_byte_timeout',
        message: 'openai sent no head within 600 s',
      },
      attempts: [attempt('openai', { error: 'weir_first_byte_timeout' })],
    });
    expect(explain(late).slice(2, 5)).toEqual([
      'It went to openai: it ended with weir_first_byte_timeout.',
      "It failed with status 504: weir_first_byte_timeout, on the provider's side: openai sent no head within 600 s.",
      'Trying again may work. Models that think long need a larger timeouts.first_byte, or streaming.',
    ]);
  });
});

describe('a request that did not come to its end', () => {
  const closed = {
    source: 'client',
    code: 'weir_client_closed',
    message: 'the client closed the connection',
  } as const;

  it('because the caller left early', () => {
    const left = record({
      outcome: 'aborted',
      status: null,
      error: closed,
      timing: { total_ms: 1200, gateway_ms: 0.2 },
    });
    expect(explain(left).slice(2)).toEqual([
      ...NOWHERE,
      'The client went away after 1.2 s, before any answer had begun.',
      'Nobody was left to answer. If the caller did not mean to leave, look at its own timeout.',
      ...NO_TOKENS,
      "It took 1.2 s: 200 µs in Weir's own code, 1.2 s waiting for the caller.",
    ]);
  });

  it('because the caller left in the middle', () => {
    const left = record({
      outcome: 'aborted',
      error: closed,
      attempts: [attempt('openai', { status: 200 })],
      usage: usage(12, 9, { source: 'estimated', sources: { input: 'estimated', output: 'estimated' } }),
    });
    expect(explain(left).slice(2)).toEqual([
      'It went to openai: it answered 200.',
      'The client went away, in the middle of an answer with status 200.',
      'Nobody was left to answer. If the caller did not mean to leave, look at its own timeout.',
      'Tokens: 12 in, 9 out, estimated by Weir.',
      'No price is known for it, so no cost is shown.',
    ]);
  });

  it('because it has only begun', () => {
    const ai = { is_ai: false, provider: null, api: 'none', model: null, stream: null };
    expect(explain(record({ outcome: 'running', status: null, ai, consumer: null }))).toEqual([
      'On 2026-11-23 at 09:00:00.123 UTC came POST /v1/chat/completions, 512 bytes: not recognised as AI traffic.',
      'Who asked was not established; it came from 203.0.113.9.',
      'It is still running; no answer has begun.',
    ]);
  });

  it('because it runs', () => {
    const running = record({ outcome: 'running', attempts: [attempt('openai', { status: 200 })] });
    expect(explain(running).slice(2)).toEqual([
      'It went to openai: it answered 200.',
      'It is still running; an answer with status 200 has begun.',
      'Its tokens are not known yet.',
    ]);
  });

  it('because Weir stopped', () => {
    const draining = { source: 'gateway', code: 'weir_draining', message: 'Weir is shutting down' } as const;
    const cut = record({ outcome: 'interrupted', error: draining, attempts: [attempt('openai')] });
    expect(explain(cut).slice(2)).toEqual([
      'It went to openai: no answer yet.',
      'Weir itself stopped before it ended; what stands here is what had been seen by then.',
      'Weir was being stopped; try again, another instance or the restarted one will answer.',
      'Its tokens are not known: the answer told of none.',
    ]);
  });
});

describe('a ledger', () => {
  const step = (onFull: string) => ({
    phase: 'hold' as const,
    policy: null,
    kind: null,
    mode: 'enforce' as const,
    verdict: onFull === 'serve' ? ('permit' as const) : ('deny' as const),
    code: 'ledger_full',
    evidence: { on_full: onFull, budget: 'monthly' },
    micros: 1,
  });

  it('without room refused it', () => {
    const full = { source: 'gateway', code: 'weir_ledger_full', message: 'no room' } as const;
    const refused = record({ outcome: 'blocked', status: 503, error: full, steps: [step('refuse')] });
    expect(explain(refused).slice(2, 6)).toEqual([
      'The ledger had no room, and what budget monthly is charged must not be lost, so it was not sent (ledger_full).',
      'It was not sent to any provider.',
      "Weir refused it with status 503: weir_ledger_full, on Weir's side: no room.",
      expect.stringMatching(/^The ledger cannot be written, /),
    ]);
  });

  it('without room served it all the same', () => {
    expect(explain(record({ steps: [step('serve')] }))[2]).toBe(
      'The ledger had no room when it came; it was served all the same, because ledger.on_full says so (ledger_full).',
    );
  });

  it('settled it when Weir had died', () => {
    const died = { source: 'gateway', code: 'weir_interrupted', message: '' } as const;
    const sent = record({ outcome: 'interrupted', error: died, attempts: [attempt('openai')] });
    expect(explain(sent)[3]).toBe(
      'Weir itself died before it ended (a crash, a kill, or the machine), and settled it at its next start: tokens, cost and charges are what its journal had seen by then, as if the client had left.',
    );
    expect(explain(record({ outcome: 'interrupted', error: died }))[3]).toContain('nothing had been sent');
    const unseen = { ...record({}).request, bytes: 0 };
    expect(explain(record({ outcome: 'interrupted', request: unseen }))[0]).not.toContain('no body');
  });
});

describe('a cost', () => {
  it('that nothing was metered for names the price that it would have', () => {
    const cost = {
      usd: null,
      status: 'unpriced',
      price: 'openai/gpt-4o',
      catalogue: 'genai-prices',
    } as const;
    const served = record({ attempts: [attempt('openai', { status: 200 })], usage: usage(12, 5), cost });
    expect(explain(served)).toContain('What it cost is not known; it would be computed from openai/gpt-4o.');
  });
});

describe('a count of Weir’s own', () => {
  const told = (code: string, evidence: Record<string, string | number | boolean>): string[] =>
    explain(record({ steps: [step(code, { phase: 'settle', evidence })] })).filter(line =>
      line.includes(code),
    );

  it.each<[string, Record<string, string | number | boolean>, string]>([
    [
      'output_counted',
      { tokens: 212, counted: 212, encoding: 'o200k_base' },
      'The provider reported no output tokens; Weir counted 212 with o200k_base (output_counted).',
    ],
    [
      'input_estimated',
      { tokens: 1165, counted: 1040, encoding: 'o200k_base', factor: 1.12, spread: 0.04 },
      'The provider reported no input tokens; Weir estimates 1,165 tokens: 1,040 counted with o200k_base × 1.12 ± 4 % (input_estimated).',
    ],
    [
      'input_estimated',
      { tokens: 90, counted: 90, encoding: 'o200k_base', uncounted: 'audio, image' },
      'The provider reported no input tokens; Weir estimates 90 with o200k_base; not counted: audio, image (input_estimated).',
    ],
    [
      'output_counted',
      { tokens: 57, counted: 57, encoding: 'o200k_base', reported: 1, cut: true, billing_stops: true },
      'The answer broke off when the provider had reported 1 of its output tokens; Weir counted 57 with o200k_base (output_counted).',
    ],
    [
      'output_estimated',
      { tokens: 57, counted: 57, encoding: 'o200k_base', cut: true, billing_stops: false },
      'The answer broke off before the provider had reported any of its output tokens; Weir estimates 57 with o200k_base; what it generates and bills after that is not seen (output_estimated).',
    ],
    [
      'prompt_uncounted',
      { why: 'worker exited with code: 1' },
      'Weir could not count its prompt (worker exited with code: 1); it was sent on all the same (prompt_uncounted).',
    ],
  ])('%s is told', (code, evidence, sentence) => {
    expect(told(code, evidence)).toEqual([sentence]);
  });
});
