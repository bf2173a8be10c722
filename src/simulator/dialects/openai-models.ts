// OpenAI's list of models: the simulator answers as any model, these are names for those who look before they ask.
import { jsonReply, type Route } from '../dialect.js';

export const SIMULATED_MODELS = ['weir-sim-large', 'weir-sim-small', 'weir-sim-embedding'] as const;
/** 2026-01-01T00:00:00Z, in s. */
const CREATED = 1_767_225_600;

export const modelRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: /\/models$/,
    handle: () => jsonReply({ object: 'list', data: SIMULATED_MODELS.map(modelOf) }),
  },
  {
    method: 'GET',
    path: /\/models\/([^/:]+)$/,
    handle: ({ names }) => jsonReply(modelOf(names[0] ?? '')),
  },
];

function modelOf(id: string): object {
  return { id, object: 'model', created: CREATED, owned_by: 'weir' };
}
