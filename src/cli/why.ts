// `weir why <request-id>`: one request explained in sentences.
import type { Command } from 'commander';
import type { RequestRecord } from '../core/record.js';
import { AdminError, type AdminOptions, askAdmin, failWith, withAdminOptions } from './admin-client.js';
import { jsonText, scrub } from './terminal.js';

interface WhyOptions extends AdminOptions {
  readonly json?: boolean;
}

export function registerWhy(program: Command): void {
  const command = program
    .command('why')
    .description('explain one request in sentences')
    .argument('<request-id>', 'x-weir-request-id of its answer: req_ and 26 characters')
    .option('--json', 'print the record, with the sentences as "sentences"');
  withAdminOptions(command).action(async (id: string, options: WhyOptions) => {
    try {
      const text = await whyText(id.trim(), options);
      command.configureOutput().writeOut?.(text);
    } catch (error) {
      const unknown = error instanceof AdminError && error.status === 404;
      failWith(command, unknown ? unknownId(error, options) : error);
    }
  });
}

async function whyText(id: string, options: WhyOptions): Promise<string> {
  const path = `/api/requests/${encodeURIComponent(id)}`;
  const { sentences } = (await askAdmin(options, `${path}/why`)) as { sentences: string[] };
  if (!options.json) return sentences.map(sentence => `${scrub(sentence)}\n`).join('');
  const record = (await askAdmin(options, path)) as RequestRecord;
  return `${jsonText({ ...record, sentences }, 2)}\n`;
}

/** The server knows how long records are kept; where to look further is the terminal's part. */
function unknownId(error: AdminError, { admin }: WhyOptions): AdminError {
  return new AdminError(`${error.message} (asked ${admin}). "weir requests" lists what is kept.`, 404);
}
