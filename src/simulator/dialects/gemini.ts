// The Gemini dialect, also on Vertex: `…/M:generateContent`, `:streamGenerateContent`, `:embedContent`, `:countTokens`.
import { planAnswer } from '../answer.js';
import { type Dialect, jsonReply, type Reply, type SimRequest, type WholeReply } from '../dialect.js';
import { boundedDimensions, unitVector } from '../embedding.js';
import { arrayOf, type JsonObject, objectOf } from '../json.js';
import { collectTexts, countField } from '../prompt.js';
import type { SimError } from '../sim-error.js';
import { countAll } from '../tokens.js';
import { geminiAnswer, geminiStream } from './gemini-answer.js';
import { readGemini } from './gemini-prompt.js';

const DIMENSIONS = 768;

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export const gemini: Dialect = {
  name: 'gemini',
  routes: [
    { method: 'POST', path: /\/([^/:]+):generateContent$/, handle: generate },
    { method: 'POST', path: /\/([^/:]+):streamGenerateContent$/, handle: streamGenerate },
    { method: 'POST', path: /\/([^/:]+):embedContent$/, handle: embed },
    { method: 'POST', path: /\/([^/:]+):batchEmbedContents$/, handle: batchEmbed },
    { method: 'POST', path: /\/([^/:]+):countTokens$/, handle: countTokens },
  ],
  error,
};

function error({ status, message }: SimError): WholeReply {
  const name = STATUSES[status] ?? (status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION');
  return jsonReply({ error: { code: status, message, status: name } }, 0, status);
}

function generate({ body, names, settings }: SimRequest): Reply {
  const answer = planAnswer(readGemini(body, names[0] ?? ''), settings);
  return jsonReply(geminiAnswer(answer), answer.outputTokens);
}

function streamGenerate({ body, names, query, settings }: SimRequest): Reply {
  const answer = planAnswer(readGemini(body, names[0] ?? ''), settings);
  return geminiStream(answer, query.get('alt') === 'sse');
}

function embed({ body, settings }: SimRequest): Reply {
  return jsonReply({ embedding: embeddingOf(body, settings.seed) });
}

function batchEmbed({ body, settings }: SimRequest): Reply {
  const requests = arrayOf(body.requests).map(item => objectOf(item) ?? {});
  return jsonReply({ embeddings: requests.map(item => embeddingOf(item, settings.seed)) });
}

function embeddingOf(request: JsonObject, seed: number): object {
  const texts: string[] = [];
  collectTexts(request.content, texts);
  const dimensions = boundedDimensions(countField(request, 'outputDimensionality'), DIMENSIONS);
  return { values: unitVector(texts.join('\n'), dimensions, seed) };
}

function countTokens({ body, names }: SimRequest): Reply {
  const prompt = readGemini(objectOf(body.generateContentRequest) ?? body, names[0] ?? '');
  const totalTokens = countAll(prompt.texts);
  return jsonReply({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
}
