// OpenAI chat completions, `…/chat/completions`: whole, or chunks with `[DONE]` at the end.
import { type Answer, type Choice, type Finish, planAnswer, tokenAt } from '../answer.js';
import { jsonReply, type Reply, type Route, type SimRequest, SSE_HEADERS, sse } from '../dialect.js';
import { objectOf } from '../json.js';
import { countField, type Prompt, readMessages } from '../prompt.js';
import { missing, readChoices, readFormat, readModel, readToolChoice, readTools } from './openai-prompt.js';

const FINISH: Readonly<Record<Finish, string>> = { stop: 'stop', length: 'length', tool: 'tool_calls' };

export const chatRoute: Route = { method: 'POST', path: /\/chat\/completions$/, handle };

function handle(request: SimRequest): Reply {
  const { body } = request;
  const answer = planAnswer(readPrompt(request), request.settings);
  const headers = { 'x-request-id': `req_${answer.id}` };
  if (body.stream === true) return streamed(request, answer, headers);
  return jsonReply(completion(answer), answer.outputTokens, 200, headers);
}

function readPrompt({ body, path }: SimRequest): Prompt {
  const model = readModel(body, path);
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) throw missing('messages');
  return {
    model,
    ...readMessages(null, messages),
    tools: readTools(body.tools),
    toolChoice: readToolChoice(body.tool_choice),
    schema: readFormat(body.response_format),
    maxTokens: countField(body, 'max_completion_tokens') ?? countField(body, 'max_tokens'),
    choices: readChoices(countField(body, 'n')),
  };
}

export function chatUsage({ inputTokens, outputTokens }: Answer): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function completion(answer: Answer): object {
  return {
    id: `chatcmpl-${answer.id}`,
    object: 'chat.completion',
    created: answer.created,
    model: answer.model,
    choices: answer.choices.map(choice => ({
      index: choice.index,
      message: message(choice),
      logprobs: null,
      finish_reason: FINISH[choice.finish],
    })),
    ...(answer.usage ? { usage: chatUsage(answer) } : {}),
    service_tier: 'default',
    system_fingerprint: 'fp_simulator',
  };
}

function message({ tool, text }: Choice): object {
  if (tool === null) return { role: 'assistant', content: text(), refusal: null, annotations: [] };
  const call = {
    id: `call_${tool.id}`,
    type: 'function',
    function: { name: tool.name, arguments: tool.args },
  };
  return { role: 'assistant', content: null, tool_calls: [call], refusal: null, annotations: [] };
}

function streamed(request: SimRequest, answer: Answer, headers: Record<string, string>): Reply {
  const asked = objectOf(request.body.stream_options)?.include_usage === true && answer.usage;
  const head =
    `{"id":"chatcmpl-${answer.id}","object":"chat.completion.chunk","created":${answer.created}` +
    `,"model":${JSON.stringify(answer.model)},"service_tier":"default","system_fingerprint":"fp_simulator","choices":[`;
  const tail = asked ? '],"usage":null}' : ']}';
  const chunk = (index: number, delta: string, finish: string): string =>
    sse(`${head}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish}}${tail}`);
  const before = answer.choices.map(choice => chunk(choice.index, opening(choice), 'null'));
  if (/\/deployments\//.test(request.path)) before.unshift(AZURE_FIRST);
  const after = answer.choices.map(choice => chunk(choice.index, '{}', `"${FINISH[choice.finish]}"`));
  if (asked) after.push(sse(`${head}],"usage":${JSON.stringify(chatUsage(answer))}}`));
  after.push(sse('[DONE]'));
  return {
    kind: 'stream',
    headers: { ...SSE_HEADERS, ...headers },
    before,
    tokens: answer.outputTokens,
    token: index => {
      const { choice, piece } = tokenAt(answer, index);
      const delta =
        choice.tool === null
          ? `{"content":"${piece}"}`
          : `{"tool_calls":[{"index":0,"function":{"arguments":"${piece}"}}]}`;
      return chunk(choice.index, delta, 'null');
    },
    after,
  };
}

/** Azure begins with its content filter's verdict on the prompt: no choice, no model. */
const AZURE_FIRST = sse(
  '{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}',
);

function opening({ tool }: Choice): string {
  if (tool === null) return '{"role":"assistant","content":"","refusal":null}';
  const call = {
    index: 0,
    id: `call_${tool.id}`,
    type: 'function',
    function: { name: tool.name, arguments: '' },
  };
  return `{"role":"assistant","content":null,"tool_calls":[${JSON.stringify(call)}],"refusal":null}`;
}
