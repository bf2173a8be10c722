// `weir requests`: list records, or follow them as they end.
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RequestRecord } from '../core/record.js';
import { OUTCOMES } from '../ledger/query.js';
import { RECORDS_PER_PAGE_MAX } from '../ledger/ring.js';
import { AdminError, type AdminOptions, askAdmin, failWith, withAdminOptions } from './admin-client.js';
import { type Ask, Follower } from './follow.js';
import { followHead, followLine, requestTable } from './request-table.js';
import { jsonText } from './terminal.js';

interface RequestsOptions extends AdminOptions {
  readonly outcome?: string;
  readonly consumer?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly api?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const FILTERS = [
  'outcome',
  'consumer',
  'model',
  'provider',
  'api',
  'since',
  'until',
  'limit',
  'cursor',
] as const;
const POLL_MS = 1000;
const LISTED = '50';
const FOLLOWED_FROM = '10';

export function registerRequests(program: Command): void {
  const command = program
    .command('requests')
    .description('list requests, newest first')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(OUTCOMES))
    .option('--consumer <name>', 'only of this consumer')
    .option('--model <name>', 'only of this model, asked for or served')
    .option('--provider <name>', 'only of this provider')
    .option('--api <name>', 'only of this api, such as openai.chat')
    .option('--since <time>', 'only from then on: a span such as 10m, or 2026-11-23T09:00:00Z')
    .option('--until <time>', 'only up to then')
    .addOption(
      new Option('--limit <n>', `how many, 1 to ${RECORDS_PER_PAGE_MAX} (default: ${LISTED})`).argParser(
        limit,
      ),
    )
    .option('--cursor <id>', 'go on after this one: "next" of the list before')
    .option('--follow', 'print requests as they end, until interrupted')
    .option('--json', 'print JSON; with --follow one record a line');
  withAdminOptions(command).action(async (options: RequestsOptions) => {
    const write = (text: string) => command.configureOutput().writeOut?.(text);
    try {
      if (options.follow) await follow(options, write);
      else await list(options, write);
    } catch (error) {
      failWith(command, error);
    }
  });
}

function limit(text: string): string {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= RECORDS_PER_PAGE_MAX) return text;
  throw new InvalidArgumentError(`It must be a number from 1 to ${RECORDS_PER_PAGE_MAX}.`);
}

async function list(options: RequestsOptions, write: (text: string) => void): Promise<void> {
  const params = new URLSearchParams([['limit', LISTED]]);
  for (const [name, value] of filtersOf(options)) params.set(name, value);
  const page = (await askAdmin(options, `/api/requests?${params}`)) as {
    items: RequestRecord[];
    next: string | null;
  };
  if (options.json) return write(`${jsonText(page, 2)}\n`);
  if (page.items.length === 0) return write('No request matches.\n');
  write(requestTable(page.items));
  if (page.next !== null) write(`There are more: --cursor ${page.next}\n`);
}

/** Ends without an error on SIGINT, SIGTERM and when nobody reads on (`… | head`): stopping is how following ends. */
async function follow(options: RequestsOptions, write: (text: string) => void): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.once('error', end);
  const filters = new Map([['limit', FOLLOWED_FROM], ...filtersOf(options)]);
  const follower = new Follower(askOrNull(options, stop.signal), filters);
  if (!options.json) write(followHead());
  try {
    while (!stop.signal.aborted) {
      const ended = await follower.poll();
      if (ended.length > 0)
        write(ended.map(record => (options.json ? `${jsonText(record)}\n` : followLine(record))).join(''));
      await wait(POLL_MS, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    process.stdout.off('error', end);
  }
}

function askOrNull(options: RequestsOptions, signal: AbortSignal): Ask {
  return async path => {
    try {
      return await askAdmin(options, path, signal);
    } catch (error) {
      if (error instanceof AdminError && error.status === 404) return null;
      throw error;
    }
  };
}

function filtersOf(options: RequestsOptions): [string, string][] {
  return FILTERS.flatMap(name => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
}
