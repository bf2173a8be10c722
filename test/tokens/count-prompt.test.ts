// Whole requests of every dialect: words, what stands around them, and the names of what is left out.
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { TokenKernel } from '../../src/kernel/tokens.js';
import { loadVocabulary } from '../../src/kernel/vocabulary.js';
import { countPrompt, type PromptCount } from '../../src/tokens/count-prompt.js';
import { FactorTable } from '../../src/tokens/factors.js';

const kernels = { tokens: TokenKernel.load(loadVocabulary(1), 0), conversation: ConversationKernel.load() };

function count(api: ApiName, model: string | null, body: unknown, factors = new FactorTable()): PromptCount {
  const found = countPrompt(kernels, factors, { api, model, body: Buffer.from(JSON.stringify(body)) });
  if (found === null) throw new Error('nothing countable');
  return found;
}

const chat = (model: string, body: object): PromptCount => count('openai.chat', model, { model, ...body });
const words = (text: string): number => kernels.tokens.countText('o200k_base', text);
const HELLO = 'Hello, who are you?';
const user = { role: 'user', content: HELLO };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAB/HSuDAAAAAElEQVQ='; // header of 1,024 × 1,024

describe('a prompt for OpenAI’s own models', () => {
  it('costs 3 a message with its role, 1 a name and 3 for the reply, as the cookbook says', () => {
    const { counted, tokens, exact, factor, uncounted } = chat('gpt-4o', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { ...user, name: 'Ann' },
      ],
    });
    expect(counted).toBe(3 + 4 + words('Be brief.') + 4 + words(HELLO) + 1 + words('Ann'));
    expect({ tokens, exact, factor, uncounted }).toEqual({
      tokens: counted,
      exact: true,
      factor: null,
      uncounted: [],
    });
  });

  it('reads gpt-4 with cl100k_base', () => {
    const text = '안녕하세요';
    expect(chat('gpt-4', { messages: [{ role: 'user', content: text }] })).toMatchObject({
      encoding: 'cl100k_base',
      counted: 7 + kernels.tokens.countText('cl100k_base', text),
    });
  });

  it('costs one less where the model reasons', () => {
    const body = { messages: [user] };
    expect(chat('gpt-5', body).counted).toBe(chat('gpt-4o', body).counted - 1);
  });

  it('is the same as text, as parts, and in the responses api', () => {
    const expected = chat('gpt-4o', { messages: [user] }).counted;
    expect(
      chat('gpt-4o', { messages: [{ role: 'user', content: [{ type: 'text', text: HELLO }] }] }).counted,
    ).toBe(expected);
    expect(count('openai.responses', 'gpt-4o', { input: HELLO }).counted).toBe(expected);
  });

  it('is its words alone where nothing stands around them', () => {
    expect(count('openai.completions', 'davinci-002', { prompt: HELLO }).counted).toBe(words(HELLO));
    expect(count('openai.embeddings', 'text-embedding-3-small', { input: [HELLO, HELLO] }).counted).toBe(
      2 * words(HELLO),
    );
  });

  const tool = {
    type: 'function',
    function: { name: 'now', description: 'The time', parameters: { type: 'object', properties: {} } },
  };

  it('counts tools once for their form and each by its text', () => {
    const without = chat('gpt-4o', { messages: [user] }).counted;
    const text = 'namespace functions {\n\n// The time\ntype now = () => any;\n\n} // namespace functions';
    expect(chat('gpt-4o', { messages: [user], tools: [tool] }).counted).toBe(without + 8 + words(text));
  });

  it('counts the same tools the same the second time, and other bytes apart', () => {
    const once = chat('gpt-4o', { messages: [user], tools: [tool] }).counted;
    expect(chat('gpt-4o', { messages: [user], tools: [tool] }).counted).toBe(once);
    expect(chat('gpt-4o', { messages: [user], tools: [tool, tool] }).counted).toBeGreaterThan(once);
    expect(chat('claude-sonnet-4-5', { messages: [user], tools: [tool] }).counted).toBeGreaterThan(once);
  });

  it('counts calls and results in the history', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'now', arguments: '{"zone":"UTC"}' } };
    const messages = [user, { role: 'assistant', content: null, tool_calls: [call] }];
    const result = { role: 'tool', tool_call_id: 'call_1', content: '12:00' };
    const [asked, called, answered] = [[user], messages, [...messages, result]].map(
      list => chat('gpt-4o', { messages: list }).counted,
    );
    expect((called ?? 0) - (asked ?? 0)).toBe(4 + 5 + words('.now') + words('{"zone":"UTC"}'));
    expect((answered ?? 0) - (called ?? 0)).toBe(4 + words('.now') + words('12:00'));
  });

  it('leaves out what the provider runs itself, and says so', () => {
    const { uncounted } = count('openai.responses', 'gpt-5', {
      input: HELLO,
      tools: [{ type: 'web_search' }],
    });
    expect(uncounted).toEqual(['tool']);
  });
});

describe('an image', () => {
  const image = (url: string, detail?: string): PromptCount =>
    chat('gpt-4o', {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: HELLO },
            { type: 'image_url', image_url: { url, detail } },
          ],
        },
      ],
    });
  const text = chat('gpt-4o', { messages: [user] }).counted;

  it('is counted where its size stands in the body', () => {
    expect(image(`data:image/png;base64,${PNG}`)).toMatchObject({ counted: text + 765, uncounted: [] });
  });

  it('of low detail is counted wherever it is', () => {
    expect(image('https://example.com/a.png', 'low')).toMatchObject({ counted: text + 85, uncounted: [] });
  });

  it('behind a URL is named as uncounted', () => {
    expect(image('https://example.com/a.png')).toMatchObject({ counted: text, uncounted: ['image'] });
  });

  it('is counted in the other dialects, by their formulas', () => {
    const anthropic = count('anthropic.messages', 'claude-sonnet-4-5', {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }],
        },
      ],
    });
    expect(anthropic).toMatchObject({ counted: 7 + Math.ceil(1024 ** 2 / 750), uncounted: [] });
    const gemini = count('gemini.generate', 'gemini-2.5-flash', {
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }] }],
    });
    expect(gemini).toMatchObject({ counted: 4 * 258, uncounted: [] });
  });
});

describe('a prompt for another model', () => {
  it('is the count times the factor that was learned', () => {
    const factors = new FactorTable();
    for (let i = 0; i < 200; i++) factors.learn('claude-sonnet-4-5', 'input', 1000, 1500);
    const text = 'word '.repeat(500);
    const found = count(
      'anthropic.messages',
      'claude-sonnet-4-5',
      { messages: [{ role: 'user', content: text }] },
      factors,
    );
    expect(found.exact).toBe(false);
    expect(found.factor).toBeCloseTo(1.5, 1);
    expect(found.tokens).toBe(Math.round(found.counted * (found.factor ?? 0)));
    expect(found.spread).toBeLessThan(0.1);
  });

  it.each([
    ['anthropic.messages', 'claude-3-haiku', { system: 'S', messages: [user] }],
    ['gemini.generate', 'gemini-2.5-pro', { contents: [{ role: 'user', parts: [{ text: HELLO }] }] }],
    [
      'bedrock.converse',
      'us.amazon.nova-lite-v1:0',
      { messages: [{ role: 'user', content: [{ text: HELLO }] }] },
    ],
    ['bedrock.invoke', 'meta.llama3-8b-instruct-v1:0', { prompt: HELLO }],
    ['cohere.chat', 'command-a-03-2025', { messages: [user] }],
    ['ollama.chat', 'qwen3', { messages: [user] }],
    ['ollama.generate', 'llama3', { prompt: HELLO }],
    ['openai.chat', null, { messages: [user] }],
  ] as const)('is counted in %s', (api, model, body) => {
    const found = count(api, model, body);
    expect(found.counted).toBeGreaterThanOrEqual(words(HELLO));
    expect(found).toMatchObject({ exact: false, encoding: 'o200k_base', uncounted: [] });
  });

  it('names sound, films, files and what only the provider knows', () => {
    const { uncounted } = chat('my-own', {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } },
          ],
        },
      ],
    });
    expect([...uncounted].sort()).toEqual(['audio', 'file', 'video']);
    expect(
      count('openai.responses', 'gpt-5', { input: HELLO, previous_response_id: 'resp_1' }).uncounted,
    ).toEqual(['opaque']);
  });
});

describe('a body that cannot be counted', () => {
  const read = (api: ApiName, text: string): PromptCount | null =>
    countPrompt(kernels, new FactorTable(), { api, model: 'gpt-4o', body: Buffer.from(text) });

  it('is null where it is no JSON or the api has no text', () => {
    expect(read('openai.chat', '{"messages":[')).toBeNull();
    expect(read('openai.chat', '')).toBeNull();
    expect(read('openai.audio', '{}')).toBeNull();
    expect(read('none', '{}')).toBeNull();
  });

  it('is counted as far as it goes where parts are odd', () => {
    expect(read('openai.chat', '{}')?.counted).toBe(0);
    expect(read('openai.chat', '{"messages":[],"tools":[1,null,{"a":[]}]}')?.uncounted).toContain('tool');
    expect(
      read('openai.chat', '{"messages":[{"role":"user","content":"\\ud800 lone"}]}')?.counted,
    ).toBeGreaterThan(7);
  });
});
