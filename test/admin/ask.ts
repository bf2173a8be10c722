// One HTTP exchange with any head (fetch would not let a test set Host or Origin).
import { request } from 'node:http';

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  json(): unknown;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function ask(port: number, path: string, asking: Asking = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', body: sentBody = '' } = asking;
    // node:http frames no body of DELETE and OPTIONS by itself.
    const length = sentBody === '' ? {} : { 'content-length': `${sentBody.length}` };
    const headers = { ...length, ...asking.headers };
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body, json: () => JSON.parse(body) });
      });
    });
    sent.on('error', reject);
    sent.end(sentBody);
  });
}
