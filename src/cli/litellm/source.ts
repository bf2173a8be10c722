// A LiteLLM proxy configuration (config.yaml: docs.litellm.ai/docs/proxy/configs), as far as it is read here. What somebody else wrote is taken as it comes: a value of
// another type than it should be is none.
import { parseDocument } from 'yaml';

export type Section = Readonly<Record<string, unknown>>;

export interface Deployment {
  /** What callers ask for. */
  readonly name: string;
  readonly params: Section;
  readonly info: Section;
}

export interface LiteLlm {
  readonly deployments: readonly Deployment[];
  readonly litellm: Section;
  readonly router: Section;
  readonly general: Section;
  /** Names of sections that are none of these. */
  readonly others: readonly string[];
}

const SECTIONS = [
  'model_list',
  'litellm_settings',
  'router_settings',
  'general_settings',
  'environment_variables',
];

/** Errors: a sentence that says what is wrong with the text. */
export function readLiteLlm(text: string): LiteLlm {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(`this is no YAML: ${problem.message.split('\n')[0]}`);
  const root: unknown = document.toJS();
  if (!isSection(root))
    throw new Error('this is no mapping; a LiteLLM configuration has model_list at its top');
  const list = Array.isArray(root.model_list) ? root.model_list : [];
  return {
    deployments: list.flatMap(entry => {
      const name = isSection(entry) ? textOf(entry.model_name) : null;
      if (!isSection(entry) || name === null) return [];
      return [{ name, params: sectionOf(entry.litellm_params), info: sectionOf(entry.model_info) }];
    }),
    litellm: sectionOf(root.litellm_settings),
    router: sectionOf(root.router_settings),
    general: sectionOf(root.general_settings),
    others: Object.keys(root).filter(name => !SECTIONS.includes(name)),
  };
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function sectionOf(value: unknown): Section {
  return isSection(value) ? value : {};
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(value: unknown): number | null {
  const number =
    typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : null;
}

/** `os.environ/NAME` is `${NAME}`; a `${` that stands there as it is, is none of Weir's. */
export function secretOf(value: unknown): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const name = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  return name === undefined ? text.replaceAll('${', () => '$${') : `\${${name}}`;
}
