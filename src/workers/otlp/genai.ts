// Names of OpenTelemetry's GenAI conventions (in development; PROVIDERS.md has the state that is followed) for what Weir calls otherwise.

/** `gen_ai.operation.name` by api; what has none of the conventions' names keeps Weir's. */
export function operationOf(api: string): string {
  const [dialect, operation = api] = api.split('.');
  if (api === 'gemini.generate' || api === 'gemini.interactions') return 'generate_content';
  if (
    operation === 'chat' ||
    operation === 'responses' ||
    operation === 'messages' ||
    operation === 'converse'
  )
    return 'chat';
  if (
    operation === 'completions' ||
    operation === 'complete' ||
    operation === 'generate' ||
    api === 'bedrock.invoke'
  )
    return 'text_completion';
  if (operation === 'embeddings' || operation === 'embed') return 'embeddings';
  return dialect === undefined ? api : operation;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  'azure-openai': 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  'vertex-ai': 'gcp.vertex_ai',
  xai: 'x_ai',
  mistral: 'mistral_ai',
};

/** `gen_ai.provider.name` by kind. */
export function providerOf(kind: string): string {
  return PROVIDERS[kind] ?? kind;
}

export type Value = string | number | boolean | readonly string[] | null | undefined;

export interface KeyValue {
  readonly key: string;
  readonly value: unknown;
}

/** OTLP's JSON: 64-bit integers are texts (OTLP specification, JSON Protobuf encoding). What is not known is left out. */
export function attributes(values: Readonly<Record<string, Value>>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean | readonly string[]): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
}

/** Both sets of names, as the configuration wants them. */
export function named(
  names: 'current' | 'older' | 'both',
  current: Readonly<Record<string, Value>>,
  older: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  if (names === 'current') return current;
  return names === 'older' ? older : { ...older, ...current };
}
