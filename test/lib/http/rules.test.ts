import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../../infra/docs.ts';
import { Problem, problemDocument } from '../../../lib/http/problem.ts';
import { rules } from '../../../lib/http/rules.ts';
import { faults } from '../openapi/ajv.ts';

// Rules of a decision are others: `ruleMeanings` of lib/verifications/policy.ts has them.
const decisions = /^lib\/verifications\/(?:rules|decide|policy|records|conclude)\b|^lib\/(?:simulator|openapi)\//;
const sources = new Map(
  globSync('lib/**/*.ts')
    .filter((path) => !decisions.test(path))
    .map((path) => [path, readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')]),
);

/** What a text gives as rules: `rule: value` each, nothing for `{ pointer, rule }`; types and parameters give none. */
const given = (text: string): string[] =>
  [...text.matchAll(/(?<![\w.'"(]|readonly )rule(?:: ([^,}\n]*)|(?=\s*[,}]))/g)].map(([, value = '']) => value.trim());
const isLiteral = (value: string): boolean => /^(?:[\w =!]+ \? '[a-z0-9-]+' : )?'[a-z0-9-]+'$/.test(value);
const quoted = (text: string): string[] => [...text.matchAll(/'([a-z0-9-]+)'/g)].map(([, literal]) => literal!);

/** The part of a file from some words to others. */
function part(path: string, from: string, to: string): string {
  const after = sources.get(path)?.split(from)[1];
  if (after === undefined) throw new Error(`${path} has no ${from}`);
  return after.split(to)[0]!;
}

/** The text that holds every rule which a place computes, by the place. */
const computed: Readonly<Record<string, () => string>> = {
  // Rules of the same file, which are literals there.
  'lib/request/validate.ts: result.rule': () => '',
  'lib/request/validate.ts: checked': () => part('lib/media/inline.ts', 'type MediaRule =', ';'),
  'lib/media/staged.ts: ': () =>
    part('lib/media/staged.ts', 'const fits = (', '\n  };') + part('lib/media/staged.ts', 'function faultOf(', '\n}'),
  'lib/media/staged.ts: file': () => part('lib/media/file.ts', 'type FileFault =', ';'),
  'lib/flow/exchange.ts: fault': () => part('lib/media/file.ts', 'type FileFault =', ';'),
  'lib/verifications/seal-plan.ts: ': () => refusals.join(),
};
const refusals = sources.get('lib/verifications/seal-plan.ts')!.match(/\brefused\([^;]*/g) ?? [];

const places = [...sources].flatMap(([path, text]) => given(text).map((value) => ({ path, value })));

const page = generatedFiles().get('docs/errors.md');

describe('the rules that a request can break', () => {
  it('are given as literals, but for places whose rules are known', () => {
    const others = places.filter(({ value }) => !isLiteral(value)).map(({ path, value }) => `${path}: ${value}`);
    expect([...new Set(others)].sort()).toEqual(Object.keys(computed).sort());
    for (const refusal of refusals) expect(refusal).toMatch(/^refused\('[a-z-]+'\)$/);
  });

  it('are those of the table', () => {
    const literals = places.flatMap(({ value }) => (isLiteral(value) ? quoted(value) : []));
    const all = [...literals, ...Object.values(computed).flatMap((text) => quoted(text()))];
    expect([...new Set(all)].sort()).toEqual(Object.keys(rules).sort());
  });

  it('are found however they are written', () => {
    const text =
      "{ pointer, rule: 'a' }, { pointer, rule }, {\n  rule: x ? 'b' : 'c',\n}, { rule: f(g(x)) }, `${rule}`";
    expect(given(text)).toEqual(["'a'", '', "x ? 'b' : 'c'", 'f(g(x))', '']);
    expect(given('readonly rule: string; (rule: string) => other.rule')).toEqual([]);
    expect(["'a'", "x ? 'b' : 'c'", 'f(g(x))', "x ?? 'a'", '`a`', ''].map(isLiteral)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each(Object.entries(rules))('%s is in the docs and in the contract', (rule, meaning) => {
    expect(page).toContain(`| \`${rule}\` | ${meaning} |`);
    const errors = [{ pointer: '/a', rule }];
    expect(faults('Problem', problemDocument(new Problem('invalid-request', { errors }), 'r'))).toBe('');
  });

  it('are no others in the contract', () => {
    const errors = [{ pointer: '/a', rule: 'nonsense' }];
    expect(faults('Problem', problemDocument(new Problem('invalid-request', { errors }), 'r'))).toContain('rule');
  });
});
