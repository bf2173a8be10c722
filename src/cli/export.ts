// `weir export`: settled requests as CloudEvents, a line each, for billing systems. What a file has already is where the next run goes on.
import { type Command, Option } from 'commander';
import { AdminError, type AdminOptions, askAdminText, failWith, withAdminOptions } from './admin-client.js';
import { EventFile } from './event-file.js';
import { type FilterOptions, paramsOf, withTimes } from './filters.js';
import { safeJson } from './terminal.js';

interface ExportOptions extends AdminOptions, FilterOptions {
  readonly after?: string;
  readonly out?: string;
}

interface Done {
  readonly events: number;
  /** Null: nothing has settled yet. */
  readonly next: string | null;
}

const EVENTS_PER_PAGE = '1000';

export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description(
      'print usage as CloudEvents, one a line, each request once, in the order in which they ended',
    );
  withTimes(command)
    .option('--after <cursor>', 'go on after this event: its "sequence", or what the last run told')
    .addOption(new Option('--out <file>', 'append to this file, after its last event').conflicts('after'));
  withAdminOptions(command).action(async (options: ExportOptions) => {
    const { writeOut, writeErr } = command.configureOutput();
    try {
      const { events, next } = await (options.out === undefined
        ? exportTo(options, options.after ?? null, text => writeOut?.(safeJson(text)))
        : exportToFile(options, options.out));
      // Beside the events, not among them.
      const place = next === null ? '' : `; go on with --after ${next}`;
      writeErr?.(`${events.toLocaleString('en-US')} ${events === 1 ? 'event' : 'events'}${place}\n`);
    } catch (error) {
      failWith(command, error);
    }
  });
}

async function exportTo(
  options: ExportOptions,
  after: string | null,
  write: (lines: string) => void,
): Promise<Done> {
  const params = paramsOf(options, ['since', 'until']);
  params.set('limit', EVENTS_PER_PAGE);
  let next = after;
  let events = 0;
  for (;;) {
    if (next !== null) params.set('after', next);
    const { text, headers } = await askAdminText(options, `/api/export?${params}`, 'application/x-ndjson');
    if (text !== '') write(text);
    events += text.split('\n').length - 1;
    next = headers.get('x-weir-next');
    if (headers.get('x-weir-more') !== 'true') return { events, next };
  }
}

async function exportToFile(options: ExportOptions, path: string): Promise<Done> {
  let file: EventFile;
  try {
    file = EventFile.open(path);
  } catch (cause) {
    throw new AdminError(`cannot export to ${path}: ${(cause as Error).message}`, null, cause);
  }
  try {
    return await exportTo(options, file.last, lines => file.append(lines));
  } catch (cause) {
    if (cause instanceof AdminError) throw cause;
    throw new AdminError(
      `cannot write ${path}: ${(cause as Error).message}; what it has is whole`,
      null,
      cause,
    );
  } finally {
    file.close();
  }
}
