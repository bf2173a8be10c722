// `/api/export`: settled requests as CloudEvents, page after page, each exactly once along the cursor.
import { exportQueryFromParams } from '../ledger/export-params.js';
import { CursorError, type ExportPage } from '../ledger/export-query.js';
import { type Answer, problem } from './answer.js';
import { usageEvent } from './cloud-event.js';
import { type Forms, formOf } from './format.js';
import type { LedgerSource } from './source.js';

/**
 * One event a line, for files and pipes; or one JSON array, the batch format of the CloudEvents JSON format (§4), as `POST` bodies of billing systems
 * take it.
 */
const FORMS: Forms = {
  ndjson: ['application/x-ndjson', 'application/jsonl'],
  batch: ['application/cloudevents-batch+json', 'application/json'],
};

export async function exportUsage(
  ledger: LedgerSource,
  params: URLSearchParams,
  accept: string,
): Promise<Answer> {
  const form = formOf(params, accept, FORMS);
  if (typeof form !== 'string') return problem(400, 'weir_bad_request', form.problem);
  const query = exportQueryFromParams(params, Date.now());
  if ('problem' in query) return problem(400, 'weir_bad_request', query.problem);
  try {
    const page = await ledger.exportPage(query);
    return form === 'batch' ? batch(page) : lines(page);
  } catch (error) {
    if (error instanceof Error && error.name === CursorError.name)
      return problem(400, 'weir_bad_request', error.message);
    throw error;
  }
}

function lines(page: ExportPage): Answer {
  const body = page.items.map(item => `${JSON.stringify(usageEvent(item))}\n`).join('');
  return { status: 200, type: 'application/x-ndjson; charset=utf-8', body, headers: placeOf(page) };
}

function batch(page: ExportPage): Answer {
  const body = JSON.stringify(page.items.map(usageEvent));
  return {
    status: 200,
    type: 'application/cloudevents-batch+json; charset=utf-8',
    body,
    headers: placeOf(page),
  };
}

/** Where to go on, whether or not there is more by now. */
function placeOf({ next, more }: ExportPage): Record<string, string> {
  return { ...(next === null ? {} : { 'x-weir-next': next }), 'x-weir-more': String(more) };
}
