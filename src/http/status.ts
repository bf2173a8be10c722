// Status lines as uWebSockets.js wants them ("200 OK"), made once. Reason phrases: RFC 9110 §15 by way of Node's table.
import { STATUS_CODES } from 'node:http';

const LINES: string[] = [];
for (let status = 0; status < 1000; status++) LINES.push(`${status} ${STATUS_CODES[status] ?? 'Unknown'}`);

/** The status line's text for a status of 100 to 999. */
export function statusLine(status: number): string {
  return LINES[status] ?? '502 Bad Gateway';
}
