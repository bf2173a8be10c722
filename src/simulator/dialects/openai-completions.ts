// OpenAI's legacy completions, `…/completions`: prose only, whole or in chunks.
import { type Answer, type Finish, planAnswer, tokenAt } from '../answer.js';
import { jsonReply, type Reply, type Route, type SimRequest, SSE_HEADERS, sse } from '../dialect.js';
import { objectOf } from '../json.js';
import { collectTexts, countField } from '../prompt.js';
import { chatUsage } from './openai-chat.js';
import { missing, readChoices, readModel } from './openai-prompt.js';

const FINISH: Readonly<Record<Finish, string>> = { stop: 'stop', length: 'length', tool: 'stop' };

export const completionsRoute: Route = { method: 'POST', path: /\/completions$/, handle };

function handle(request: SimRequest): Reply {
  const { body, path, settings } = request;
  const model = readModel(body, path);
  if (body.prompt === undefined || body.prompt === null) throw missing('prompt');
  const texts: string[] = [];
  collectTexts(body.prompt, texts);
  const answer = planAnswer(
    {
      model,
      texts,
      asked: null,
      tools: [],
      toolChoice: 'none',
      schema: null,
      maxTokens: countField(body, 'max_tokens'),
      choices: readChoices(countField(body, 'n')),
    },
    settings,
  );
  if (body.stream === true) {
    return streamed(answer, answer.usage && objectOf(body.stream_options)?.include_usage === true);
  }
  const choices = answer.choices.map(({ index, text, finish }) => ({
    index,
    text: text(),
    logprobs: null,
    finish_reason: FINISH[finish],
  }));
  const usage = answer.usage ? { usage: chatUsage(answer) } : {};
  return jsonReply({ ...envelope(answer), choices, ...usage }, answer.outputTokens);
}

function envelope({ id, created, model }: Answer): object {
  return { id: `cmpl-${id}`, object: 'text_completion', created, model };
}

function streamed(answer: Answer, usageAsked: boolean): Reply {
  const head = `${JSON.stringify(envelope(answer)).slice(0, -1)},"choices":[`;
  const tail = usageAsked ? '],"usage":null}' : ']}';
  const chunk = (index: number, piece: string, finish: string): string =>
    sse(`${head}{"index":${index},"text":"${piece}","logprobs":null,"finish_reason":${finish}}${tail}`);
  const after = answer.choices.map(({ index, finish }) => chunk(index, '', `"${FINISH[finish]}"`));
  if (usageAsked) after.push(sse(`${head}],"usage":${JSON.stringify(chatUsage(answer))}}`));
  after.push(sse('[DONE]'));
  return {
    kind: 'stream',
    headers: SSE_HEADERS,
    before: [],
    tokens: answer.outputTokens,
    token: index => {
      const { choice, piece } = tokenAt(answer, index);
      return chunk(choice.index, piece, 'null');
    },
    after,
  };
}
