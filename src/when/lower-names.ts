// The fields of a request as closures. Hot path: per request and policy.
import type { ASTNode } from '@marcbachmann/cel-js';
import type { WhenFacts } from './facts.js';
import type { Eval } from './lowering.js';
import { type FieldName, fieldNamed, type KeyName, keyNamed } from './names.js';

const NOBODY: ReadonlySet<string> = new Set();

const FIELD_READERS: Readonly<Record<string, Eval>> = {
  'request.method': facts => facts.method,
  'request.path': facts => facts.path,
  'request.client_ip': facts => facts.clientIp,
  'ai.provider': facts => facts.provider,
  'ai.api': facts => facts.api,
  'ai.model': facts => facts.model,
  'ai.stream': facts => facts.stream,
  'ai.input_tokens': facts => facts.inputTokens,
  'ai.max_output_tokens': facts => facts.maxOutputTokens,
  'ai.tools': facts => facts.tools,
  'ai.modalities': facts => facts.modalities,
  'consumer.name': facts => facts.consumerName,
};

export function lowerField({ root, field }: FieldName): Eval {
  const read = FIELD_READERS[`${root}.${field}`];
  if (read === undefined) throw new Error(`no reader for ${root}.${field}`);
  return read;
}

export function lowerKey(map: KeyName['map'], key: string | Eval<string>): Eval<string> {
  if (typeof key === 'string')
    return map === 'headers' ? facts => facts.header(key) : facts => facts.tag(key);
  return map === 'headers' ? facts => facts.header(key(facts)) : facts => facts.tag(key(facts));
}

/** `has(…)`: text that is not empty, a number that is known, a list with elements, true. */
export function lowerPresence(node: ASTNode): Eval<boolean> {
  const key = keyNamed(node, NOBODY);
  const field = fieldNamed(node, NOBODY);
  if (key !== null && typeof key.key === 'string') {
    const read = lowerKey(key.map, key.key);
    return facts => read(facts) !== '';
  }
  if (field === null) throw new Error('has() of no field');
  const read = lowerField(field);
  return (facts: WhenFacts) => {
    const value = read(facts);
    return Array.isArray(value) ? value.length > 0 : value !== '' && value !== null && value !== false;
  };
}
