// Puts a credential in the provider's own place (CONTRACT.md §3 Identity). Headers are flat lists (name, value, …) whose
// credentials were taken out when the request's head was read, so adding one never doubles it.
import aws4 from 'aws4';
import type { AuthScheme } from '../provider/provider.js';

/** A configured key: `value` for bearer-like schemes, the AWS pair for Signature Version 4. */
export interface OwnKey {
  readonly value: string | null;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  readonly sessionToken: string | null;
}

/** Adds a key of `providers.*.keys`. `sigv4` keys without a `value` are added by `signAws`, which needs the whole request. */
export function addOwnKey(headers: string[], scheme: AuthScheme, key: OwnKey): void {
  if (key.value === null) return;
  switch (scheme) {
    case 'x-api-key':
    case 'api-key':
    case 'x-goog-api-key':
      headers.push(scheme, key.value);
      break;
    case 'bearer':
    case 'sigv4':
      headers.push('authorization', `Bearer ${key.value}`);
      break;
    case 'none':
      break;
  }
}

export interface AwsRequest {
  readonly method: string;
  readonly host: string;
  /** Path with query, as it will be sent. */
  readonly path: string;
  readonly region: string;
  readonly contentType: string;
  readonly body: Uint8Array | null;
}

/** Credentials beside the places where Weir looks for keys; `x-amz-*` are parts of an AWS signature. */
const OTHER_CREDENTIALS: ReadonlySet<string> = new Set(['cookie', 'ocp-apim-subscription-key']);

/** Where Weir's own key goes, nothing of the caller's does: a signature, session token or cookie is for another host. */
export function dropCallersCredentials(headers: string[]): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    const name = headers[i] ?? '';
    if (OTHER_CREDENTIALS.has(name)) headers.splice(i, 2);
    else if (name.startsWith('x-amz-') && name !== 'x-amz-user-agent') headers.splice(i, 2);
  }
}

/** aws4 signs a content type of its own where there is none, and Weir does not send what nobody gave. */
interface Signable extends aws4.Request {
  readonly extraHeadersToIgnore: Readonly<Record<string, boolean>>;
}

/** Signs for Amazon Bedrock (Signature Version 4, service `bedrock`) and adds the signature's headers. */
export function signAws(headers: string[], request: AwsRequest, key: OwnKey): void {
  const toSign: Signable = {
    service: 'bedrock',
    region: request.region,
    method: request.method,
    host: request.host,
    path: request.path,
    headers: request.contentType === '' ? {} : { 'Content-Type': request.contentType },
    extraHeadersToIgnore: request.contentType === '' ? { 'content-type': true } : {},
    ...(request.body === null ? {} : { body: Buffer.from(request.body) }),
  };
  const signed = aws4.sign(toSign, {
    accessKeyId: key.accessKeyId ?? '',
    secretAccessKey: key.secretAccessKey ?? '',
    ...(key.sessionToken === null ? {} : { sessionToken: key.sessionToken }),
  });
  for (const [name, value] of Object.entries(signed.headers ?? {})) {
    const lower = name.toLowerCase();
    if (lower === 'authorization' || lower.startsWith('x-amz-')) headers.push(lower, String(value));
  }
}
