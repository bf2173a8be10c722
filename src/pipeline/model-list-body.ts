// Lists of models and single ones in the callers' dialects, as their SDKs read them. What a provider tells of its model is passed on; what nobody knows has
// the value that the dialect has for that.
import type { ListDialect } from '../core/model-list.js';
import type { UsableModel } from './usable-models.js';

const EPOCH = '1970-01-01T00:00:00Z';

/** The whole list. */
export function listBody(dialect: ListDialect, models: readonly UsableModel[]): unknown {
  const items = models.map(model => modelBody(dialect, model));
  const ids = models.map(({ name }) => name);
  switch (dialect) {
    case 'openai':
      return { object: 'list', data: items };
    case 'anthropic':
      return { data: items, has_more: false, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
    default:
      return { models: items };
  }
}

/** One model. */
export function modelBody(dialect: ListDialect, { name, provider, entry }: UsableModel): unknown {
  switch (dialect) {
    case 'openai': {
      // Whose organization Weir's key belongs to is nobody else's business.
      const { owned_by: _, permission: __, organization: ___, ...more } = entry ?? {};
      return { created: 0, ...more, id: name, object: 'model', owned_by: provider };
    }
    case 'anthropic':
      // An epoch stands for a date that is not known (Anthropic's documentation of the list).
      return { display_name: name, created_at: EPOCH, ...entry, type: 'model', id: name };
    case 'gemini':
      return {
        displayName: name,
        supportedGenerationMethods: name.includes('embed')
          ? ['embedContent']
          : ['generateContent', 'streamGenerateContent', 'countTokens'],
        ...entry,
        name: `models/${name}`,
      };
    case 'ollama':
      return { modified_at: EPOCH, size: 0, digest: '', details: {}, ...entry, name, model: name };
  }
}
