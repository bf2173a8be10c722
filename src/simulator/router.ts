// Which operation a path means, by its tail: a provider's own path works behind any prefix.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect, Route } from './dialect.js';
import { anthropic } from './dialects/anthropic.js';
import { bedrock } from './dialects/bedrock.js';
import { cohere } from './dialects/cohere.js';
import { gemini } from './dialects/gemini.js';
import { ollama } from './dialects/ollama.js';
import { openai } from './dialects/openai.js';

/** The first whose route matches is taken; OpenAI's short tails (`/models`, `/responses`) come last. */
const DIALECTS: readonly Dialect[] = [anthropic, gemini, bedrock, cohere, ollama, openai];

export interface Found {
  readonly dialect: Dialect;
  /** Null: no operation of this dialect; `error` says which. */
  readonly route: Route | null;
  readonly names: readonly string[];
  /** 404 or 405 where there is no route. */
  readonly status: number;
}

export function findRoute(method: string, path: string, headers: IncomingHttpHeaders): Found {
  let wrongMethod: Dialect | null = null;
  for (const dialect of DIALECTS) {
    for (const route of dialect.routes) {
      const match = route.path.exec(path);
      if (match === null) continue;
      if (route.method === method) return { dialect, route, names: match.slice(1).map(decode), status: 200 };
      wrongMethod ??= dialect;
    }
  }
  if (wrongMethod !== null) return { dialect: wrongMethod, route: null, names: [], status: 405 };
  return { dialect: nearest(path, headers), route: null, names: [], status: 404 };
}

/** What a stranger's path looks like, the most telling first. */
const LOOKS: readonly (readonly [RegExp, Dialect])[] = [
  [/\/v1beta|:[a-zA-Z]+$|\/publishers\/google\//, gemini],
  [/\/model\//, bedrock],
  [/\/v2\//, cohere],
  [/\/messages|\/complete$|anthropic/, anthropic],
  [/\/v1\//, openai],
  [/\/api\//, ollama],
];

/** Whose error a stranger to all routes gets. */
function nearest(path: string, headers: IncomingHttpHeaders): Dialect {
  if (headers['anthropic-version'] !== undefined) return anthropic;
  return LOOKS.find(([look]) => look.test(path))?.[1] ?? openai;
}

function decode(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    // A stray `%` is no reason to refuse: the name is only echoed.
    return text ?? '';
  }
}
