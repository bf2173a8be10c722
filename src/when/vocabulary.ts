// The words of `when:` (CONTRACT.md §3): variables with their types and functions, as the library's type checker takes them.
import { Environment } from '@marcbachmann/cel-js';

/** A number that may be unknown. Compares with null and with numbers; every use but `==` and `!=` of an unknown one is an error. */
export const COUNT = 'int_or_null';
const MAP = 'map<string, string>';

export const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  request: { method: 'string', path: 'string', headers: MAP, client_ip: 'string' },
  ai: {
    provider: 'string',
    api: 'string',
    model: 'string',
    stream: 'bool',
    input_tokens: COUNT,
    max_output_tokens: COUNT,
    tools: COUNT,
    modalities: 'list<string>',
  },
  consumer: { name: 'string', tags: MAP },
};

/** The values of a modality are core/body-facts.ts's; a list of them is never longer. */
export const MODALITIES_MAX = 8;

export const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
export const METHODS: readonly string[] = [
  'contains',
  'endsWith',
  'lowerAscii',
  'matches',
  'size',
  'startsWith',
  'trim',
  'upperAscii',
  ...MACROS,
];
export const FUNCTIONS: readonly string[] = ['double', 'has', 'int', 'matches', 'size', 'string'];

/** What an expression may hold: far more than anyone writes, far less than what could stall a request. */
export const SOURCE_CHARS_MAX = 4096;
const LIMITS = { maxAstNodes: 1000, maxDepth: 32, maxListElements: 500, maxCallArguments: 4 };

/** Parses and checks types. Its own evaluation is never used, so the handlers below never run. */
export const environment = withTypes();

function withTypes(): Environment {
  const env = new Environment({ limits: LIMITS });
  const never = (): never => {
    throw new Error('only types are declared here');
  };
  env.registerType(COUNT, { fields: { value: 'int' } });
  for (const op of ['+', '-', '*', '/', '%']) {
    env.registerOperator(`${COUNT} ${op} ${COUNT}: int`, never);
    env.registerOperator(`${COUNT} ${op} int: int`, never);
    env.registerOperator(`int ${op} ${COUNT}: int`, never);
  }
  for (const op of ['<', '<=', '>', '>=']) {
    env.registerOperator(`${COUNT} ${op} ${COUNT}`, never);
    for (const other of ['int', 'double']) {
      env.registerOperator(`${COUNT} ${op} ${other}`, never);
      env.registerOperator(`${other} ${op} ${COUNT}`, never);
    }
  }
  for (const other of ['null', 'int', 'double', COUNT]) env.registerOperator(`${COUNT} == ${other}`, never);
  env.registerOperator(`${COUNT} in list<int>: bool`, never);
  env.registerOperator(`-${COUNT}: int`, never);
  for (const type of ['int', 'double', 'string']) env.registerFunction(`${type}(${COUNT}): ${type}`, never);
  env.registerFunction('matches(string, string): bool', never);
  for (const [root, fields] of Object.entries(FIELDS)) {
    env.registerType(`${root}_fields`, { fields: { ...fields } });
    env.registerVariable(root, `${root}_fields`);
  }
  return env;
}
