// AWS Signature Version 4 from its specification, apart from the library that signs: what a provider would compute from
// the request as it came. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';

/** A request as it stood on the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path with query, octet for octet. */
  readonly url: string;
  /** Flat list of names and values. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Verified {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** What the request says, and what it must say for this secret. */
  readonly signature: string;
  readonly expected: string;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** @throws where the request is not signed at all, or names a header that is not there. */
export function verifySigV4(request: SignedRequest, secretAccessKey: string): Verified {
  const match = FORM.exec(headerOf(request, 'authorization'));
  if (match === null) throw new Error(`not signed: ${headerOf(request, 'authorization')}`);
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] = match;
  const signedHeaders = names.split(';');
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    ...signedHeaders.map(name => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headerOf(request, 'x-amz-date'), scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const expected = hmac(key, toSign).toString('hex');
  return { accessKeyId, date, region, service, signedHeaders, signature, expected };
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function headerOf({ rawHeaders }: SignedRequest, name: string): string {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  if (values.length === 0) throw new Error(`the header ${name} is not there`);
  return values.join(',');
}

/** Every service but S3 encodes the path's segments a second time. */
function canonicalPath(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(url: string): string {
  const query = url.slice((url.split('?', 1)[0] ?? '').length + 1);
  if (query === '') return '';
  const pairs = query.split('&').map(pair => {
    const [name = '', value = ''] = pair.split('=', 2);
    return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`;
  });
  return pairs.sort().join('&');
}

/** RFC 3986: unreserved characters stay, all others are percent-encoded. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
