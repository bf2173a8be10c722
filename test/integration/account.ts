// A provider that has an account: what it says of it in headers, and secrets that must never be seen elsewhere.
import type http from 'node:http';

/** Every credential that the tests configure for providers. */
export const SECRETS = {
  openai: 'sk-own-openai-3f9a',
  anthropic: 'sk-ant-own-77c1',
  gemini: 'AIza-own-gemini-19d0',
  azure: 'azure-own-5be2',
  cohere: 'co-own-8d41',
  vertex: 'ya29.own-vertex-a2f7',
  bedrock: 'bedrock-own-token-6c03',
  awsId: 'AKIAOWNID000EXAMPLE',
  awsSecret: 'own-aws-secret-b8e5',
  awsSession: 'own-aws-session-41c9',
  header: 'own-extra-header-92d6',
} as const;

/** Answers as a provider with an account; `x-fail` sets the status, `x-quote` makes it quote the credential it got. */
export function addAccount(request: http.IncomingMessage, response: http.ServerResponse): void {
  const status = Number(request.headers['x-fail'] ?? 200);
  response.writeHead(status, {
    'content-type': 'application/json',
    'set-cookie': 'session=account',
    'openai-organization': 'org-account',
    'openai-project': 'proj-account',
    'anthropic-organization-id': 'org-account',
    'x-ratelimit-remaining-tokens': '99',
    'anthropic-ratelimit-requests-limit': '5',
    'x-request-id': 'theirs',
  });
  const quoted =
    request.headers['x-quote'] === undefined ? '' : `: ${request.headers.authorization?.slice(7)}`;
  if (status >= 400)
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided${quoted}` } }));
  else response.end('{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}');
}
