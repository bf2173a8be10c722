// `weir key`: makes keys, prints what the configuration keeps of them or stores them in a running Weir; lists and revokes those.
import type { Command } from 'commander';
import type { KeyItem, NewKeyItem } from '../admin/key-routes.js';
import { type NewKey, newKeyOf } from '../config/new-key.js';
import { newWeirKey, weirKeySha256 } from '../core/weir-key.js';
import {
  AdminError,
  type AdminOptions,
  askAdmin,
  failWith,
  tellAdmin,
  withAdminOptions,
} from './admin-client.js';
import { keyTable } from './key-table.js';
import { jsonText, scrub } from './terminal.js';

interface NewOptions extends AdminOptions {
  readonly save?: boolean;
  readonly name?: string;
  readonly expires?: string;
  readonly models?: string;
  readonly json?: boolean;
}

interface ListOptions extends AdminOptions {
  readonly consumer?: string;
  readonly state?: string;
  readonly json?: boolean;
}

/** Exit status 0 fine, 1 where a running Weir refuses or is not there, 2 for what no configuration takes. */
export function registerKey(program: Command): void {
  const key = program.command('key').description('Weir keys of consumers');
  registerNew(key);
  registerList(key);
  registerRevoke(key);
}

function registerNew(key: Command): void {
  const command = key
    .command('new')
    .argument('<consumer>', 'whose key it will be')
    .description('make a key: shown once, with its SHA-256 for the configuration')
    .option(
      '--save',
      'store it in a running Weir, where it is in force at once, instead of printing lines for weir.yaml',
    )
    .option(
      '--name <name>',
      'name of the key in records and limits (default: key- and the begin of its SHA-256)',
    )
    .option('--expires <when>', 'a date, an RFC 3339 time, or a span from now such as 30d (default: never)')
    .option('--models <globs>', 'models that it may ask for, with commas: "gpt-4o*,claude-*" (default: all)')
    .option('--json', 'print {"consumer","key","sha256","yaml"}, with --save the answer of the admin API');
  withAdminOptions(command).action(async (consumer: string, options: NewOptions) => {
    await run(command, async () => {
      const wish = { consumer, ...wishOf(options) };
      const checked = newKeyOf(wish, Date.now());
      if ('problem' in checked) throw new AdminError(checked.problem, 400);
      if (options.save !== true) return keyReport(checked, newWeirKey(), options.json === true);
      const made = (await tellAdmin(options, 'POST', '/api/keys', wish)) as NewKeyItem;
      return options.json === true ? `${jsonText(made, 2)}\n` : savedReport(made);
    });
  });
}

function registerList(key: Command): void {
  const command = key
    .command('list')
    .description('list the keys that were made with --save, newest first; those of weir.yaml stand there')
    .option('--consumer <name>', 'only of this consumer')
    .option('--state <state>', 'only active, expired or revoked ones')
    .option('--json', 'print {"items","next"}');
  withAdminOptions(command).action(async (options: ListOptions) => {
    await run(command, async () => {
      const items = await allKeys(options);
      return options.json === true ? `${jsonText({ items, next: null }, 2)}\n` : keyTable(items);
    });
  });
}

function registerRevoke(key: Command): void {
  const command = key
    .command('revoke')
    .argument('<id>', 'of "weir key list"')
    .description('revoke a key: when this returns, no request passes with it any longer')
    .option('--json', 'print the key as it is now');
  withAdminOptions(command).action(async (id: string, options: AdminOptions & { json?: boolean }) => {
    await run(command, async () => {
      const path = `/api/keys/${encodeURIComponent(id)}`;
      const item = (await tellAdmin(options, 'DELETE', path, null)) as KeyItem;
      if (options.json === true) return `${jsonText(item, 2)}\n`;
      return scrub(`The key ${item.name} of ${item.consumer} (…${item.last4}) is revoked.`).concat('\n');
    });
  });
}

/** What was not given is left out, so that the server's defaults hold. */
function wishOf({ name, expires, models }: NewOptions): Partial<Record<string, unknown>> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(expires === undefined ? {} : { expires }),
    ...(models === undefined ? {} : { models: models.split(',').map(model => model.trim()) }),
  };
}

async function allKeys(options: ListOptions): Promise<KeyItem[]> {
  const items: KeyItem[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const params = new URLSearchParams({ limit: '1000' });
    if (cursor !== '') params.set('cursor', cursor);
    for (const name of ['consumer', 'state'] as const) {
      const value = options[name];
      if (value !== undefined) params.set(name, value);
    }
    const page = (await askAdmin(options, `/api/keys?${params}`)) as {
      items: KeyItem[];
      next: string | null;
    };
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

async function run(command: Command, work: () => Promise<string>): Promise<void> {
  try {
    command.configureOutput().writeOut?.(await work());
  } catch (error) {
    failWith(command, error);
  }
}

function keyReport({ consumer, name, expiresMs, models }: NewKey, key: string, json: boolean): string {
  const sha256 = weirKeySha256(key);
  // Named after its digest, so that a consumer's second key has another name.
  const more = [
    ...(expiresMs === null ? [] : [`expires: ${new Date(expiresMs).toISOString()}`]),
    ...(models.length === 0 ? [] : [`models: ${JSON.stringify(models)}`]),
  ].map(text => `, ${text}`);
  const line = `{ name: ${name ?? `key-${sha256.slice(0, 6)}`}, sha256: "${sha256}"${more.join('')} }`;
  const yaml = `consumers:\n  - name: "${consumer}"\n    keys:\n      - ${line}\n`;
  if (json) return `${JSON.stringify({ consumer, key, sha256, yaml }, null, 2)}\n`;
  return [
    `Key of ${consumer}, shown this once:`,
    '',
    `  ${key}`,
    '',
    `Its SHA-256: ${sha256}`,
    'Add to weir.yaml (under an existing consumer of that name, only the last line):',
    '',
    yaml,
  ].join('\n');
}

function savedReport({ consumer, name, id, key, expires, models, configured }: NewKeyItem): string {
  const until = expires === null ? 'never expires' : `expires ${expires}`;
  const bound = models.length === 0 ? 'may ask for every model' : `may ask for ${models.join(', ')}`;
  const lines = [
    `Key ${name} of ${consumer}, in force now and shown this once:`,
    '',
    `  ${key}`,
    '',
    `It ${until} and ${bound}. "weir key revoke ${id}" ends it.`,
  ];
  if (!configured) lines.push(`weir.yaml names no consumer ${consumer}: it has no tags there.`);
  return `${lines.map(scrub).join('\n')}\n`;
}
