// The Ollama dialect: `/api/chat`, `/api/generate` (NDJSON unless `stream` is false), `/api/embed`, `/api/tags`.
import { type Answer, planAnswer } from '../answer.js';
import { type Dialect, jsonReply, type Reply, type SimRequest, type WholeReply } from '../dialect.js';
import { boundedDimensions, unitVector } from '../embedding.js';
import { arrayOf, type JsonObject, objectOf, stringOf } from '../json.js';
import { countField, type Prompt, readMessages } from '../prompt.js';
import { ANY_JSON } from '../schema.js';
import { SimError } from '../sim-error.js';
import { countAll } from '../tokens.js';
import { SIMULATED_MODELS } from './openai-models.js';
import { readTools } from './openai-prompt.js';

const DIMENSIONS = 768;
/** Ollama reports durations in ns; these are nominal, 10 ms a token, since an answer is planned before it is sent. */
const NS_PER_TOKEN = 10_000_000;
const MODEL_DATE = '2026-01-01T00:00:00Z';

export const ollama: Dialect = {
  name: 'ollama',
  routes: [
    {
      method: 'POST',
      path: /\/api\/chat$/,
      handle: request => reply(request, readChat(request.body), 'chat'),
    },
    {
      method: 'POST',
      path: /\/api\/generate$/,
      handle: request => reply(request, readGenerate(request.body), 'generate'),
    },
    { method: 'POST', path: /\/api\/embed$/, handle: embed },
    { method: 'GET', path: /\/api\/tags$/, handle: tags },
  ],
  error: ({ message, status }: SimError): WholeReply => jsonReply({ error: message }, 0, status),
};

function reply({ body, settings }: SimRequest, prompt: Prompt, form: 'chat' | 'generate'): Reply {
  const answer = planAnswer(prompt, settings);
  if (body.stream === false) {
    return jsonReply({ ...head(answer), ...content(answer, form), ...closing(answer) }, answer.outputTokens);
  }
  const calls = answer.first.tool !== null;
  const start = `${JSON.stringify(head(answer)).slice(0, -1)},`;
  const [open, shut] =
    form === 'chat'
      ? ['"message":{"role":"assistant","content":"', '"},"done":false}\n']
      : ['"response":"', '","done":false}\n'];
  const empty = form === 'chat' ? { message: { role: 'assistant', content: '' } } : { response: '' };
  return {
    kind: 'stream',
    headers: { 'content-type': 'application/x-ndjson' },
    // A call is never cut into pieces: it comes whole, in a line of its own.
    before: calls ? [line({ ...head(answer), ...content(answer, form), done: false })] : [],
    tokens: calls ? 0 : answer.outputTokens,
    token: index => `${start}${open}${answer.first.piece(index)}${shut}`,
    after: [line({ ...head(answer), ...empty, ...closing(answer) })],
  };
}

function readChat(body: JsonObject): Prompt {
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    throw new SimError(400, 'messages is required', 'messages');
  }
  return { ...readCommon(body), ...readMessages(null, body.messages), tools: readTools(body.tools) };
}

function readGenerate(body: JsonObject): Prompt {
  if (typeof body.prompt !== 'string') throw new SimError(400, 'prompt is required', 'prompt');
  return { ...readCommon(body), ...readMessages(body.system, [{ content: body.prompt }]), tools: [] };
}

function readCommon(body: JsonObject): Omit<Prompt, 'texts' | 'asked' | 'tools'> {
  const options = objectOf(body.options) ?? {};
  // Below zero means no bound: -1 until the end, -2 until the context is full.
  const bounded = typeof options.num_predict === 'number' && options.num_predict < 0 ? {} : options;
  const schema = objectOf(body.format);
  const anyJson = body.format === 'json' ? ANY_JSON : null;
  return {
    model: readModel(body),
    toolChoice: 'auto',
    schema: schema ?? anyJson,
    maxTokens: countField(bounded, 'num_predict', 'options.num_predict'),
    choices: 1,
  };
}

function readModel(body: JsonObject): string {
  const model = stringOf(body.model);
  if (model === null || model === '') throw new SimError(400, 'model is required', 'model');
  return model;
}

function head(answer: Answer): object {
  return { model: answer.model, created_at: new Date(answer.created * 1000).toISOString() };
}

function content({ first }: Answer, form: 'chat' | 'generate'): object {
  if (form === 'generate') return { response: first.text() };
  if (first.tool === null) return { message: { role: 'assistant', content: first.text() } };
  const call = { function: { name: first.tool.name, arguments: first.tool.input } };
  return { message: { role: 'assistant', content: '', tool_calls: [call] } };
}

function closing({ first, usage, inputTokens, outputTokens }: Answer): object {
  const counts = {
    prompt_eval_count: inputTokens,
    prompt_eval_duration: NS_PER_TOKEN,
    eval_count: outputTokens,
    eval_duration: outputTokens * NS_PER_TOKEN,
  };
  return {
    done: true,
    done_reason: first.finish === 'length' ? 'length' : 'stop',
    total_duration: (outputTokens + 1) * NS_PER_TOKEN,
    load_duration: 0,
    ...(usage ? counts : {}),
  };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function embed({ body, settings }: SimRequest): Reply {
  const model = readModel(body);
  const texts = typeof body.input === 'string' ? [body.input] : arrayOf(body.input).map(String);
  if (texts.length === 0) throw new SimError(400, 'input is required', 'input');
  const dimensions = boundedDimensions(countField(body, 'dimensions'), DIMENSIONS);
  return jsonReply({
    model,
    embeddings: texts.map(text => unitVector(text, dimensions, settings.seed)),
    total_duration: NS_PER_TOKEN,
    load_duration: 0,
    ...(settings.usage ? { prompt_eval_count: countAll(texts) } : {}),
  });
}

function tags(): Reply {
  const details = { format: 'gguf', family: 'weir', parameter_size: '0B', quantization_level: 'none' };
  return jsonReply({
    models: SIMULATED_MODELS.map(name => ({
      name,
      model: name,
      modified_at: MODEL_DATE,
      size: 0,
      digest: '',
      details,
    })),
  });
}
