// The scanner under the rules: what is code, what is comment, and where functions begin and end.
import { describe, expect, it } from 'vitest';
import { functions, views } from './scan.js';

/** `§` stands for a template's opening, which a plain string cannot hold without a warning. */
const dollar = (text: string): string => text.replaceAll('§', String.fromCharCode(36, 123));

describe('the scanner', () => {
  it('keeps code and blanks comments, strings, templates and patterns, character for character', () => {
    const text = dollar("a('x'); // y\nb(`p§c('z')}q`, /[/]'/g) / d; /* e */");
    const { code, comments } = views(text);
    expect(code.trimEnd()).toBe("a(' ');     \nb(`  {c(' ')} `, /    /g) / d;");
    expect(comments.trim().split(/\s{2,}/)).toEqual(['// y', '/* e */']);
    expect(code.length).toBe(text.length);
  });

  it('sees a division where a value stands before it and a pattern after a word like return', () => {
    expect(views("x = a / b / 'c';").code).toBe("x = a / b / ' ';");
    expect(views('let y;\nreturn /"/;').code).toBe('let y;\nreturn / /;');
  });

  it('finds braces of a template inside a template', () => {
    expect(views(dollar('`a§`b§{ c }}`}d` + e')).code).toBe('`  {`  {{ c }}`} ` + e');
  });

  it('finds functions in every form and no control flow', () => {
    const text = [
      'function a() {}',
      'class B { c(x = d()): x is { y: 1 } { if (e) { f(); } } get g() { return 1; } }',
      'const h = (i: () => void): void => { for (;;) {} };',
      'const j = k => k.map(l => l + 1);',
      'switch (m(n)) { case o(p): { q(); } }',
    ].join('\n');
    const found = functions(text).map(({ name, line }) => `${line} ${name}`);
    expect(found).toEqual(['1 a', '2 c', '2 g', '3 h', '3 (arrow)', '4 j', '4 (arrow)']);
  });

  it('counts the lines of a function from its head to its last brace', () => {
    expect(functions('x();\nfunction a(\n  b: string,\n): void {\n  c();\n}\n')[0]).toMatchObject({
      line: 2,
      lines: 5,
    });
  });
});
