// OpenAI Responses, `…/responses`: the request, and the answer in one piece.
import { type Answer, planAnswer } from '../answer.js';
import { jsonReply, type Reply, type Route, type SimRequest } from '../dialect.js';
import { objectOf } from '../json.js';
import { countField, type Prompt, readMessages } from '../prompt.js';
import { missing, readFormat, readModel, readToolChoice, readTools } from './openai-prompt.js';
import { responseItem, responseObject, responseStream } from './openai-response-events.js';

export const responsesRoute: Route = { method: 'POST', path: /\/responses$/, handle };

function handle(request: SimRequest): Reply {
  const { body } = request;
  const answer = planAnswer(readPrompt(request), request.settings);
  const echo = echoOf(request, answer);
  if (body.stream === true) return responseStream(answer, echo);
  const items = [responseItem(answer, true)];
  return jsonReply(responseObject(answer, echo, items), answer.outputTokens, 200, {
    'x-request-id': `req_${answer.id}`,
  });
}

function readPrompt({ body, path }: SimRequest): Prompt {
  const model = readModel(body, path);
  const { input } = body;
  if (input === undefined || input === null) throw missing('input');
  const messages = Array.isArray(input) ? input : [{ role: 'user', content: input }];
  return {
    model,
    ...readMessages(body.instructions, messages),
    tools: readTools(body.tools),
    toolChoice: readToolChoice(body.tool_choice),
    schema: readFormat(objectOf(body.text)?.format),
    maxTokens: countField(body, 'max_output_tokens'),
    choices: 1,
  };
}

/** What a response repeats of its request. */
function echoOf({ body }: SimRequest, answer: Answer): object {
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: answer.created,
    model: answer.model,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    user: body.user ?? null,
  };
}
