// A record → sentences, as a careful colleague would answer "why?": what it was, who asked, what each step said, where it
// went, what came of it, the tokens, the time. Pure: the same record gives the same text, on the page and in the terminal.
import type { RequestRecord } from '../core/record.js';
import { attemptSentences, endSentences, timeSentences } from './result.js';
import { stepSentences } from './steps.js';
import { tokenSentences } from './tokens.js';
import { count, counted, listed, quoted, size } from './words.js';

/** At least three sentences, each ended by a full stop. Outside text is quoted as it is: scrub it for a terminal. */
export function explain(record: RequestRecord): string[] {
  return [
    ...whatSentences(record),
    whoSentence(record),
    ...stepSentences(record.steps),
    ...attemptSentences(record),
    ...endSentences(record),
    ...tokenSentences(record),
    ...timeSentences(record),
  ];
}

function whatSentences({ ai, request, time, outcome }: RequestRecord): string[] {
  const when = `${time.slice(0, 10)} at ${time.slice(11, 23)} UTC`;
  const asked = `${request.method} ${quoted(request.path)}${bodyText(request.bytes, outcome)}`;
  if (!ai.is_ai)
    return [`On ${when} came ${asked}: not recognised as AI traffic.`, ...evidenceSentence(ai.evidence)];
  const at = ai.provider === null ? '' : ` at ${quoted(ai.provider)}`;
  const what = `an AI request (${ai.api})${modelText(ai)}${at}`;
  const details = detailsOf(ai);
  return [
    `On ${when} came ${asked}: ${what}${details.length === 0 ? '' : `, ${details.join(', ')}`}.`,
    ...evidenceSentence(ai.evidence),
  ];
}

/** What had not ended when it was last seen may have had more, or any at all. */
function bodyText(bytes: number, outcome: RequestRecord['outcome']): string {
  if (bytes > 0) return `, ${size(bytes)}`;
  return outcome === 'running' || outcome === 'interrupted' ? '' : ', no body';
}

function modelText({ model, model_served: served }: RequestRecord['ai']): string {
  if (model === null) return served === null ? '' : `, answered by ${quoted(served)}`;
  return served === null || served === model
    ? ` for ${quoted(model)}`
    : ` for ${quoted(model)}, answered by ${quoted(served)}`;
}

function detailsOf(ai: RequestRecord['ai']): string[] {
  const details: string[] = [];
  if (ai.stream !== null) details.push(ai.stream ? 'streamed' : 'not streamed');
  if (ai.messages !== null) details.push(counted(ai.messages, 'message'));
  if (ai.tools !== null && ai.tools > 0) details.push(counted(ai.tools, 'tool'));
  const unusual = ai.modalities.filter(modality => modality !== 'text');
  if (unusual.length > 0) details.push(`with ${listed(unusual)}`);
  if (ai.max_output_tokens !== null) details.push(`at most ${count(ai.max_output_tokens)} tokens of output`);
  return details;
}

function evidenceSentence(evidence: RequestRecord['ai']['evidence']): string[] {
  if (evidence.length === 0) return [];
  const facts = evidence.map(
    ({ field, from, value }) => `${field.replaceAll('_', ' ')} from the ${from} (${quoted(value, 80)})`,
  );
  return [`How that is known: ${facts.join(', ')}.`];
}

function whoSentence({ consumer, request }: RequestRecord): string {
  const agent = request.user_agent === null ? '' : `, as "${quoted(request.user_agent)}"`;
  const from = `${request.client_ip === '' ? 'an unknown address' : request.client_ip}${agent}`;
  if (consumer === null) return `Who asked was not established; it came from ${from}.`;
  const name = consumer.name === 'anonymous' ? 'an anonymous caller' : `consumer ${quoted(consumer.name)}`;
  const key = consumer.key === null ? '' : ` with key ${quoted(consumer.key)}`;
  const endUser = consumer.end_user === null ? '' : ` for its user ${quoted(consumer.end_user)}`;
  const tags = Object.entries(consumer.tags).map(([tag, value]) => `${tag}=${quoted(value)}`);
  return `It was asked by ${name}${key}${endUser}${tags.length === 0 ? '' : ` (${tags.join(', ')})`}, from ${from}.`;
}
