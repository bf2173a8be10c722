// LiteLLM's config.yaml → a weir.yaml, and a list of all that has no counterpart. Nothing is left out without a word.
import { stringify } from 'yaml';
import { scrub } from '../terminal.js';
import { patienceOf, policiesOf, pricesOf } from './limits.js';
import { ProviderBook } from './providers.js';
import { routesOf } from './routes.js';
import { readLiteLlm, type Section } from './source.js';

export interface Converted {
  readonly yaml: string;
  /** Sentences. */
  readonly notes: readonly string[];
  readonly counts: { readonly providers: number; readonly routes: number; readonly policies: number };
}

/** What is read, and so is no news. */
const READ: Readonly<Record<string, readonly string[]>> = {
  litellm_settings: [
    'max_budget',
    'budget_duration',
    'num_retries',
    'request_timeout',
    'allowed_fails',
    'fallbacks',
    'default_fallbacks',
    'context_window_fallbacks',
    'content_policy_fallbacks',
    'global_max_parallel_requests',
  ],
  router_settings: [
    'routing_strategy',
    'model_group_alias',
    'fallbacks',
    'default_fallbacks',
    'context_window_fallbacks',
    'content_policy_fallbacks',
    'num_retries',
    'timeout',
    'stream_timeout',
    'allowed_fails',
    'cooldown_time',
    'provider_budget_config',
  ],
  general_settings: ['global_max_parallel_requests', 'max_parallel_requests'],
  litellm_params: [
    'model',
    'api_key',
    'api_base',
    'api_version',
    'organization',
    'custom_llm_provider',
    'weight',
    'rpm',
    'tpm',
    'vertex_project',
    'vertex_location',
    'vertex_credentials',
    'aws_region_name',
    'aws_access_key_id',
    'aws_secret_access_key',
    'aws_session_token',
    'input_cost_per_token',
    'output_cost_per_token',
  ],
};

/** What does the same here. */
const INSTEAD: Readonly<Record<string, string>> = {
  master_key: 'the admin API has admin.token, consumers have keys of their own: "weir key new <consumer>"',
  database_url: 'Weir keeps its ledger in data_dir and needs no database',
  store_model_in_db: 'Weir keeps its ledger in data_dir and needs no database',
  success_callback: 'see /metrics, the log and "weir export" (docs/admin.md, docs/usage.md)',
  failure_callback: 'see /metrics, the log and "weir export" (docs/admin.md, docs/usage.md)',
  callbacks: 'see /metrics, the log and "weir export" (docs/admin.md, docs/usage.md)',
  guardrails: 'plugins look at and change prompts and answers (docs/plugins.md)',
  redis_host: 'one process shares its limits over all threads; several nodes do not share them yet',
  redis_port: 'see redis_host',
  redis_password: 'see redis_host',
  cache: 'Weir does not cache answers',
  cache_params: 'Weir does not cache answers',
  drop_params: 'requests pass byte for byte, so a provider says itself what it does not take',
  set_verbose: 'log.level: debug',
  json_logs: 'the log is JSON',
  default_internal_user_params: 'limits and budgets by consumer or end_user are policies (docs/policies.md)',
  timeout: 'timeouts are for all targets, or by route: first_byte',
  stream_timeout: 'a route has first_byte',
  max_tokens: 'a policy with cap: { output_tokens: … } bounds what is asked',
};

/** Errors: a sentence about the file. */
export function convertLiteLlm(text: string, file: string): Converted {
  const source = readLiteLlm(text);
  const notes: string[] = [];
  const note = (sentence: string): void => {
    if (!notes.includes(sentence)) notes.push(sentence);
  };
  if (source.deployments.length === 0) note('model_list: there is no model in it');
  const book = new ProviderBook(note);
  const placed = source.deployments.flatMap(deployment => book.place(deployment) ?? []);
  const routes = routesOf(source, placed, note);
  const names = new Map(
    placed.map(({ deployment, provider }) => [prefixOf(deployment.params), provider.name]),
  );
  const policies = policiesOf(source, names, note);
  const prices = pricesOf(placed);
  noteRest('litellm_settings', source.litellm, note);
  noteRest('router_settings', source.router, note);
  noteRest('general_settings', source.general, note);
  for (const { params } of source.deployments) noteRest('litellm_params', params, note);
  for (const name of source.others) note(`${name}: has no counterpart`);
  note(
    'virtual keys cannot be taken over, as nobody knows more than their hashes: make new ones with "weir key new <consumer> --save"',
  );
  const root = {
    providers: Object.fromEntries(book.all.map(({ name, yaml }) => [name, yaml])),
    ...(routes.length === 0 ? {} : { routes }),
    ...patienceOf(source),
    consumers: [{ name: 'default' }],
    ...(policies.length === 0 ? {} : { policies }),
    ...(prices.length === 0 ? {} : { prices }),
  };
  const head = [
    `Imported from ${file} of LiteLLM.`,
    ...(notes.length === 0
      ? []
      : ['What has no counterpart, or another meaning:', ...notes.map(each => `- ${each}`)]),
  ];
  return {
    yaml: `${head.map(line => `# ${scrub(line)}\n`).join('')}\n${stringify(root, { lineWidth: 0 })}`,
    notes,
    counts: { providers: book.all.length, routes: routes.length, policies: policies.length },
  };
}

function prefixOf(params: Section): string {
  const model = typeof params.model === 'string' ? params.model : '';
  return model.includes('/') ? model.slice(0, model.indexOf('/')) : 'openai';
}

function noteRest(section: string, values: Section, note: (sentence: string) => void): void {
  for (const name of Object.keys(values)) {
    if (READ[section]?.includes(name) === true) continue;
    const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
    note(instead === undefined ? `${section}.${name}: has no counterpart` : `${section}.${name}: ${instead}`);
  }
}
