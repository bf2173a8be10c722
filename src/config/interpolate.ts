// `${NAME}` inside a string is that environment variable; `$${` stands for a plain `${`.

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** What is wrong with a reference, without any value; empty when all is well. */
  readonly mistakes: readonly string[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function interpolate(source: string, env: Environment): Interpolated {
  let text = '';
  const mistakes: string[] = [];
  let at = 0;
  for (;;) {
    const dollar = source.indexOf('${', at);
    if (dollar < 0) return { text: text + source.slice(at), mistakes };
    if (source[dollar - 1] === '$' && dollar > at) {
      text += `${source.slice(at, dollar - 1)}\${`;
      at = dollar + 2;
      continue;
    }
    const close = source.indexOf('}', dollar);
    const name = close < 0 ? '' : source.slice(dollar + 2, close);
    text += source.slice(at, dollar);
    at = close < 0 ? source.length : close + 1;
    if (!NAME.test(name)) {
      mistakes.push(
        'holds a dollar brace that names no environment variable; double the dollar to mean it literally',
      );
    } else if (env[name] === undefined) {
      mistakes.push(`needs the environment variable ${name}, which is not set`);
    } else {
      text += env[name];
    }
  }
}
