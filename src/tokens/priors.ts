// Where learning starts: reported ÷ counted tokens of each family of models, on recorded traffic of other projects' tests.
// Again: `node bench/tokens/corpus-table.js --priors` (needs the recordings). Most prompts are of under 1,000 tokens, and their
// spread is that of small prompts; long English is nearer. Answers are whole ones of text alone, so nothing but the tokenizer
// is in their factor; few were recorded, so no spread below 0.1 is believed.
import type { Family } from './model-name.js';

export interface Prior {
  readonly factor: number;
  /** Mean of |ratio ÷ factor − 1|, each bounded to 1. */
  readonly spread: number;
  /** Recordings it rests on. */
  readonly samples: number;
}

const UNKNOWN: Prior = Object.freeze({ factor: 1, spread: 0.35, samples: 0 });

/** Families with ten recordings or more. */
const INPUT: Partial<Record<Family, Prior>> = {
  claude: { factor: 1.02, spread: 0.15, samples: 123 },
  command: { factor: 1, spread: 0.1, samples: 60 },
  deepseek: { factor: 1.05, spread: 0.28, samples: 29 },
  gemini: { factor: 1, spread: 0.14, samples: 80 },
  glm: { factor: 1.01, spread: 0.15, samples: 15 },
  grok: { factor: 1, spread: 0.12, samples: 39 },
  kimi: { factor: 1.04, spread: 0.07, samples: 12 },
  llama: { factor: 1, spread: 0.37, samples: 19 },
  mistral: { factor: 1.03, spread: 0.24, samples: 38 },
  nova: { factor: 1.19, spread: 0.28, samples: 19 },
  other: { factor: 1, spread: 0.26, samples: 15 },
  qwen: { factor: 1.01, spread: 0.15, samples: 26 },
  sonar: { factor: 1, spread: 0.05, samples: 12 },
  titan: { factor: 1, spread: 0.2, samples: 14 },
};

/** Families with five recordings or more. */
const OUTPUT: Partial<Record<Family, Prior>> = {
  claude: { factor: 1.14, spread: 0.1, samples: 25 },
  command: { factor: 1.06, spread: 0.1, samples: 7 },
  deepseek: { factor: 1.04, spread: 0.1, samples: 6 },
  gemini: { factor: 1.03, spread: 0.11, samples: 14 },
  grok: { factor: 1, spread: 0.1, samples: 5 },
  llama: { factor: 1.05, spread: 0.1, samples: 6 },
  mistral: { factor: 1.12, spread: 0.1, samples: 9 },
  qwen: { factor: 1.06, spread: 0.16, samples: 7 },
  sonar: { factor: 1, spread: 0.1, samples: 5 },
};

export function priorOf(family: Family, side: 'input' | 'output'): Prior {
  return (side === 'input' ? INPUT : OUTPUT)[family] ?? UNKNOWN;
}
