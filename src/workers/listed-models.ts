// A provider's list of models, whatever its dialect: `data` of OpenAI and Anthropic, `models` of Gemini and Ollama, or the bare list of some that are compatible.
import type { ListedModel } from '../core/model-list.js';

/** More than any provider has; a reseller of everything has some 700. */
export const LISTED_MAX = 2000;
const ID_CHARS_MAX = 256;
/** An entry beyond that is told without its extras. */
const ENTRY_CHARS_MAX = 4096;

/** Null: it is no list. */
export function listedModels(told: unknown): readonly ListedModel[] | null {
  const list = Array.isArray(told) ? told : listIn(told);
  if (list === null) return null;
  return list.slice(0, LISTED_MAX).flatMap((entry: unknown): ListedModel[] => {
    const id = idOf(entry);
    if (id === null) return [];
    const fits = JSON.stringify(entry).length <= ENTRY_CHARS_MAX;
    return [{ id, entry: fits ? (entry as Record<string, unknown>) : null }];
  });
}

function listIn(told: unknown): unknown[] | null {
  if (typeof told !== 'object' || told === null) return null;
  const { data, models } = told as { data?: unknown; models?: unknown };
  return Array.isArray(data) ? data : Array.isArray(models) ? models : null;
}

function idOf(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { id, name } = entry as { id?: unknown; name?: unknown };
  const text = typeof id === 'string' ? id : name;
  if (typeof text !== 'string') return null;
  // Gemini's names are paths of resources.
  const bare = text.startsWith('models/') ? text.slice('models/'.length) : text;
  return bare === '' || bare.length > ID_CHARS_MAX ? null : bare;
}
