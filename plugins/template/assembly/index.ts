// my-policy: only the models that `config: { models: [...] }` lists may be asked for. Change it into what you need: docs/plugins.md has all hooks.
import { config, deny, evidence, GO_ON, request } from '../sdk';

let models: string[] = [];

/** Once, when the policy is loaded. Every hook finds memory as this leaves it. */
export function configure(): i32 {
  models = config.strings('models');
  if (models.length == 0) config.problem('config.models is empty; list the models that may be used');
  return config.check();
}

/** The request is whole, and nothing has been sent. */
export function on_request(): i32 {
  const model = request.model;
  if (models.includes(model)) return GO_ON;
  evidence.text('model', model);
  return deny(403, 'model_not_allowed', `${model} may not be used; allowed: ${models.join(', ')}`);
}
