// Warnings: configurations that are valid and will hardly do what their author wants.
import { providerSpec } from '../provider/table.js';
import type { Config, ProviderConfig } from './config.js';
import type { Findings } from './findings.js';
import { SIMULATOR } from './providers.js';

/** Native paths begin with these: a provider of that name would take them all. */
const NATIVE_SEGMENTS = new Set(['v1', 'v1beta', 'v1beta1', 'v2', 'api', 'model']);

export function checkUse(config: Config, findings: Findings): void {
  if (config.providers.length === 0) {
    findings.warning(['providers'], 'has no entry: every request is answered 404 weir_no_route', 'key');
  }
  const keyed = config.consumers.some(consumer => consumer.keys.length > 0);
  if (config.anonymous === 'deny' && !keyed) {
    const mend =
      'add a consumer with a key (`weir key new NAME`), make one while Weir runs (`weir key new NAME --save`), or set anonymous: allow';
    findings.warning(['consumers'], `has no key while anonymous is deny: nobody can call; ${mend}`, 'key');
  }
  for (const provider of config.providers) checkCredentials(provider, config.anonymous, keyed, findings);
  if (config.admin.token !== null && config.admin.token.length < 16) {
    findings.warning(['admin', 'token'], 'has fewer than 16 characters: it can be guessed');
  }
}

function checkCredentials(
  provider: ProviderConfig,
  anonymous: Config['anonymous'],
  keyed: boolean,
  findings: Findings,
): void {
  const path = ['providers', provider.name];
  if (NATIVE_SEGMENTS.has(provider.name)) {
    findings.warning(path, `is also how native paths begin: all of /${provider.name}/… goes to it`, 'key');
  }
  const needsNone =
    provider.auth === 'none' ||
    provider.baseUrl === SIMULATOR ||
    providerSpec(provider.kind)?.auth === 'none';
  const given = provider.keys.length > 0;
  if (given && needsNone)
    findings.warning([...path, 'keys'], 'are never sent: this provider needs no credential', 'key');
  else if (given && provider.credentials === 'caller') {
    findings.warning([...path, 'keys'], 'are never sent while credentials is caller', 'key');
  } else if (given && !keyed) {
    findings.warning([...path, 'keys'], 'are never sent: only consumers with a Weir key get them', 'key');
  }
  if (given || needsNone || provider.credentials === 'caller' || (anonymous === 'allow' && !keyed)) return;
  findings.warning(path, 'has no keys: consumers are answered 502 weir_no_provider_key', 'key');
}
