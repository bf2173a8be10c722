// context-budget: what is left is a conversation in every dialect, within the budget, and the rest of the body as it was.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HookOutcome } from '../../src/plugin/hook.js';
import { ask, evidenceOf, policy, refusal, type Scene } from './support/policy.js';

type Body = Record<string, unknown>;

const asked = (config: object, body: Body, more: Scene = {}): HookOutcome =>
  ask(policy('context-budget', config), { chat: body, ...more });

function bodyAfter(config: object, body: Body, more: Scene = {}): Body {
  const outcome = asked(config, body, more);
  expect(outcome.result).toBe('go_on');
  return outcome.body === null ? body : (JSON.parse(Buffer.from(outcome.body).toString()) as Body);
}

const talk = (count: number): { role: string; content: string }[] =>
  Array.from({ length: count }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: `text ${i}`,
  }));

describe('a budget of messages', () => {
  it('drops the oldest, keeps the system’s, and begins with the user', () => {
    const system = { role: 'system', content: 'be kind' };
    const body = { model: 'gpt-4o', messages: [system, ...talk(7)], temperature: 1.0 };
    const outcome = asked({ max_messages: 4 }, body);
    expect(JSON.parse(Buffer.from(outcome.body ?? []).toString())).toEqual({
      ...body,
      messages: [system, ...talk(7).slice(4)],
    });
    expect(evidenceOf(outcome)).toMatchObject({ messages: 7, dropped: 4, messages_after: 3 });
  });

  it('leaves the bytes of everything else alone', () => {
    const text =
      '{ "a":1.50,\n "messages" : [ {"role":"user","content":"1"} , {"role":"assistant","content":"\\u00e9]"},\n {"role":"user","content":"3, ]}"} ] ,"z": "\\u0041" }';
    const outcome = asked({ max_messages: 1 }, {}, { body: Buffer.from(text) });
    expect(Buffer.from(outcome.body ?? []).toString()).toBe(
      '{ "a":1.50,\n "messages" : [ {"role":"user","content":"3, ]}"} ] ,"z": "\\u0041" }',
    );
  });

  it('changes nothing that is within it, to the last message', () => {
    expect(asked({ max_messages: 7 }, { messages: talk(7) }).body).toBeNull();
    expect(asked({ max_messages: 6 }, { messages: talk(7) }).body).not.toBeNull();
  });

  it('keeps so many of the last messages, and refuses or passes what is still too long', () => {
    const keep = { max_messages: 3, keep_last: 5 };
    expect(asked(keep, { messages: talk(9) }).denial).toMatchObject({
      status: 413,
      code: 'context_too_long',
    });
    const passed = bodyAfter({ ...keep, still_over: 'pass' }, { messages: talk(9) });
    expect(passed.messages).toEqual(talk(9).slice(4));
  });

  it('refuses instead of dropping where it is told to', () => {
    const outcome = asked({ max_messages: 3, over: 'refuse' }, { messages: talk(5) });
    expect(outcome.denial?.message).toBe(
      'the conversation is 5 messages; at most 3 are allowed here: begin a new one, or send less of it',
    );
    expect(outcome.body).toBeNull();
  });
});

describe('a conversation of any dialect', () => {
  const text = (role: string, content: string) => ({ role, content });
  it.each<[string, string, unknown[], number]>([
    [
      'OpenAI chat',
      'messages',
      [
        text('user', 'a'),
        { role: 'assistant', tool_calls: [{ id: '1', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: '1', content: 'x' },
        text('assistant', 'b'),
        text('user', 'c'),
      ],
      4,
    ],
    [
      'Anthropic',
      'messages',
      [
        text('user', 'a'),
        { role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: 'x' }] },
        text('assistant', 'b'),
        { role: 'user', content: [{ type: 'text', text: 'c' }] },
      ],
      4,
    ],
    [
      'Bedrock Converse',
      'messages',
      [
        { role: 'user', content: [{ text: 'a' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'f', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [] } }] },
        { role: 'assistant', content: [{ text: 'b' }] },
        { role: 'user', content: [{ text: 'c' }] },
      ],
      4,
    ],
    [
      'Gemini',
      'contents',
      [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
        { role: 'model', parts: [{ text: 'b' }] },
        { parts: [{ text: 'c' }] },
      ],
      4,
    ],
    [
      'OpenAI Responses',
      'input',
      [
        text('user', 'a'),
        { type: 'function_call', call_id: '1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: '1', output: 'x' },
        { type: 'message', role: 'assistant', content: [] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'c' }] },
      ],
      4,
    ],
    [
      'Cohere, first version',
      'chat_history',
      [
        { role: 'USER', message: 'a' },
        { role: 'CHATBOT', message: 'b' },
        { role: 'SYSTEM', message: 's' },
        { role: 'USER', message: 'c' },
        { role: 'CHATBOT', message: 'd' },
        { role: 'USER', message: 'e' },
      ],
      3,
    ],
  ])('is cut before a message of the user and not within a call: %s', (_, list, entries, from) => {
    const pinned = entries.filter(one => (one as { role?: string }).role === 'SYSTEM');
    const after = bodyAfter({ max_messages: 4 }, { [list]: entries });
    expect(after[list]).toEqual([...pinned, ...entries.slice(from)]);
  });

  it('takes the last of two lists of one name, as parsers do', () => {
    const list = (count: number): string => JSON.stringify(talk(count));
    const outcome = asked(
      { max_messages: 3 },
      {},
      { body: Buffer.from(`{"messages":${list(9)},"messages":${list(3)}}`) },
    );
    expect(outcome.body).toBeNull();
    expect(outcome.result).toBe('go_on');
  });

  it('has no half calls, is within the budget, and is the end of what it was', () => {
    const entry = fc.constantFrom<(i: number) => unknown[]>(
      i => [text('user', `q${i}`)],
      i => [text('assistant', 'x'.repeat(i % 40))],
      i => [text('system', `s${i}`)],
      i => [
        { role: 'assistant', content: [{ type: 'tool_use', id: `t${i}` }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${i}` }] },
      ],
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 24 }), fc.integer({ min: 1, max: 12 }), (makers, most) => {
        const entries = makers.flatMap((make, i) => make(i)) as { role: string; content: unknown }[];
        const outcome = asked({ max_messages: most }, { messages: entries });
        const isSystem = (one: { role: string }): boolean => one.role === 'system';
        if (outcome.result === 'deny') return;
        const after =
          outcome.body === null
            ? entries
            : ((JSON.parse(Buffer.from(outcome.body).toString()) as Body).messages as typeof entries);
        const rest = after.filter(one => !isSystem(one));
        expect(rest.length).toBeLessThanOrEqual(most);
        expect(after.filter(isSystem)).toEqual(entries.filter(isSystem));
        const all = entries.filter(one => !isSystem(one));
        expect(rest).toEqual(all.slice(all.length - rest.length));
        if (rest.length < all.length)
          expect(rest[0]).toMatchObject({ role: 'user', content: expect.any(String) });
      }),
      { numRuns: 150, seed: 4 },
    );
  });
});

describe('budgets of bytes and tokens', () => {
  it('drops turns until the entries have few enough bytes', () => {
    const body = { messages: [...talk(2), ...talk(2), ...talk(1)] };
    const size = (entries: unknown[]): number =>
      entries.reduce<number>((sum, one) => sum + JSON.stringify(one).length, 0);
    const budget = size(body.messages.slice(2));
    expect(bodyAfter({ max_bytes: budget }, body).messages).toEqual(body.messages.slice(2));
    expect(bodyAfter({ max_bytes: budget - 1 }, body).messages).toEqual(body.messages.slice(4));
  });

  it('shares the tokens that Weir counted among the messages', () => {
    const long = 'word '.repeat(400);
    const body = {
      messages: [{ role: 'user', content: long }, { role: 'assistant', content: long }, ...talk(1)],
    };
    const outcome = asked({ max_tokens: 100 }, body, { integers: { input_tokens: 1000 } });
    expect(outcome.result).toBe('go_on');
    expect(evidenceOf(outcome)).toMatchObject({ tokens: 1000, dropped: 2 });
    expect(Number(evidenceOf(outcome).tokens_after)).toBeLessThan(100);
    expect(asked({ max_tokens: 1000 }, body, { integers: { input_tokens: 1000 } }).body).toBeNull();
  });

  it('does not take an image in base64 for a thousand words', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(40_000)}` } };
    const body = {
      messages: [{ role: 'user', content: [image] }, { role: 'assistant', content: 'nice' }, ...talk(1)],
    };
    expect(evidenceOf(asked({ max_tokens: 5000 }, body))).toMatchObject({ tokens: expect.any(Number) });
    expect(asked({ max_tokens: 5000 }, body).body).toBeNull();
  });

  it('refuses a prompt in one piece that is too long, since nothing can go from it', () => {
    const scene: Scene = { integers: { input_tokens: 900 } };
    expect(asked({ max_tokens: 800 }, { prompt: 'x' }, scene).denial?.code).toBe('context_too_long');
    expect(asked({ max_tokens: 900 }, { prompt: 'x' }, scene).result).toBe('go_on');
  });

  it('goes through a body of a megabyte within its fuel', () => {
    const body = {
      messages: Array.from({ length: 400 }, (_, i) => ({
        ...talk(2)[i % 2],
        content: 'a "quoted" text. '.repeat(150),
      })),
    };
    const outcome = asked({ max_messages: 9 }, body);
    expect(outcome.failure).toBeNull();
    expect(evidenceOf(outcome)).toMatchObject({ dropped: 392 });
  });

  it.each([
    [{}, 'at least one of max_messages'],
    [{ max_messages: -1 }, 'config.max_messages'],
    [{ max_bytes: 1, keep_last: 0 }, 'config.keep_last'],
    [{ max_bytes: 1, over: 'cut' }, 'config.over'],
    [{ max_byte: 1 }, 'config.max_byte is not known'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('context-budget', config)).toContain(named);
  });
});
