// OpenAI embeddings, `…/embeddings`: floats or base64, of the length asked for.
import { jsonReply, type Reply, type Route, type SimRequest } from '../dialect.js';
import { base64Vector, boundedDimensions, unitVector } from '../embedding.js';
import { countField } from '../prompt.js';
import { countTokens } from '../tokens.js';
import { missing, readModel } from './openai-prompt.js';

const DIMENSIONS_SMALL = 1536;
const DIMENSIONS_LARGE = 3072;

export const embeddingsRoute: Route = { method: 'POST', path: /\/embeddings$/, handle };

function handle({ body, path, settings }: SimRequest): Reply {
  const model = readModel(body, path);
  const inputs = readInputs(body.input);
  if (inputs.length === 0) throw missing('input');
  const usual = model.includes('large') ? DIMENSIONS_LARGE : DIMENSIONS_SMALL;
  const dimensions = boundedDimensions(countField(body, 'dimensions'), usual);
  const data = inputs.map(({ text }, index) => {
    const vector = unitVector(text, dimensions, settings.seed);
    const embedding = body.encoding_format === 'base64' ? base64Vector(vector) : vector;
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
  const usage = settings.usage ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {};
  return jsonReply({ object: 'list', data, model, ...usage });
}

/** A text, several, one array of token numbers, or several of those. */
function readInputs(value: unknown): { text: string; tokens: number }[] {
  if (typeof value === 'string') return [{ text: value, tokens: countTokens(value) }];
  if (!Array.isArray(value)) return [];
  if (value.every(item => typeof item === 'number')) {
    return value.length === 0 ? [] : [{ text: value.join(' '), tokens: value.length }];
  }
  return value.flatMap(readInputs);
}
