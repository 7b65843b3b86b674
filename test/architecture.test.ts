import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A source file with what it imports: paths of the project, or names of packages. */
interface Module {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly as: string; readonly target: string; readonly types: boolean }[];
}

const root = join(import.meta.dirname, '..');
const layer = 'lib/signing/layer.ts';
const importLine = /^\s*(?:import|export)\b( type\b)?(?:[^;'"]*\bfrom)?\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const resolved = (from: string, as: string): string => {
  if (as === '#signing') return layer;
  return as.startsWith('.') ? join(dirname(from), as) : as;
};

function moduleOf(path: string, text: string): Module {
  const imports = [...text.matchAll(importLine)].map(([, types, one, other]) => {
    const as = (one ?? other)!;
    return { as, target: resolved(path, as), types: types !== undefined };
  });
  return { path, text, imports };
}

const modules = ['lib', 'functions', 'infra']
  .flatMap((folder) => globSync(`${folder}/**/*.{ts,js,mjs}`, { cwd: root }))
  .map((path) => moduleOf(path, readFileSync(join(root, path), 'utf8')));

/** Who may import what (design, section 2). `only` says what is allowed, `never` what is not. */
interface Rule {
  readonly files: RegExp;
  readonly only?: RegExp;
  readonly never?: RegExp;
  readonly says: string;
}

const rules: readonly Rule[] = [
  {
    files: /^lib\/operations\/(?!index\.ts)/,
    only: /^lib\/(operation|envelope)\.ts$|^lib\/fields\//,
    says: 'a declaration imports lib/operation.ts, lib/fields/ and lib/envelope.ts only',
  },
  {
    files: /^lib\/operations\/index\.ts$/,
    only: /^lib\/operation\.ts$|^lib\/operations\/[a-z-]+\.ts$/,
    says: 'the registry imports declarations only',
  },
  {
    files: /^lib\/(?!operations\/|verifications\/checks\.ts)/,
    never: /^lib\/operations\//,
    says: 'machinery never names an operation: the list is handed in from functions/, infra/ and test/',
  },
  { files: /^lib\//, never: /^(infra|functions|test)\//, says: 'lib/ imports from lib/ and packages only' },
  { files: /^functions\//, only: /^lib\//, says: 'a function imports from lib/ only' },
  { files: /^infra\//, never: /^functions\//, says: 'infra/ names functions by their path' },
  {
    files: /^lib\/(?!signing\/)/,
    never: /^(undici|@aws-sdk\/)/,
    says: 'undici and the AWS clients are reached through the layer, #signing',
  },
];

const broken = (all: readonly Module[], { files, only, never, says }: Rule): string[] =>
  all
    .filter(({ path }) => files.test(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => (only !== undefined && !only.test(target)) || never?.test(target))
        .map(({ as }) => `${path} imports ${as}: ${says}`),
    );

describe('imports', () => {
  it.each(rules)('$says', (rule) => {
    expect(modules.some(({ path }) => rule.files.test(path))).toBe(true);
    expect(broken(modules, rule)).toEqual([]);
  });

  it('are told apart: each rule can be broken, and then names the file', () => {
    const bad: readonly [path: string, as: string, line: string][] = [
      ['lib/operations/face-verify.ts', '../codes/classify.ts', "import { classify } from '../codes/classify.ts';"],
      ['lib/operations/index.ts', '../profiles.ts', "import { profiles } from '../profiles.ts';"],
      ['lib/flow/buy.ts', '../operations/a.ts', "import {\n  faceVerify,\n  x,\n} from '../operations/a.ts';"],
      ['lib/log.ts', '../infra/stages.ts', "export * from '../infra/stages.ts';"],
      ['functions/face-verify.ts', 'node:fs', "import 'node:fs';"],
      ['infra/functions.ts', '../functions/a.ts', "await import('../functions/a.ts');"],
      ['lib/orders/ledger.ts', 'undici', "import { Pool } from 'undici';"],
    ];
    for (const [index, [path, as, line]] of bad.entries()) {
      const rule = rules[index]!;
      expect(broken([moduleOf(path, line)], rule)).toEqual([`${path} imports ${as}: ${rule.says}`]);
    }
    expect(bad).toHaveLength(rules.length);
  });
});

/** Everything that some files import, directly or not, and through which file. */
function reach(all: readonly Module[], from: RegExp, types: boolean): Map<string, string> {
  const byPath = new Map(all.map((module) => [module.path, module]));
  const reached = new Map(all.flatMap(({ path }) => (from.test(path) ? [[path, '']] : [])) as [string, string][]);
  for (const path of reached.keys()) {
    for (const { target, types: erased } of byPath.get(path)?.imports ?? []) {
      if (!reached.has(target) && (types || !erased)) reached.set(target, path);
    }
  }
  return reached;
}
const production = (all: readonly Module[]) => reach(all, /^functions\//, true);

/** What infra/ runs of lib/ and is more than data and pure functions: it leads to the layer, to Node or to a package. */
function impure(all: readonly Module[]): string[] {
  const reached = reach(all, /^infra\/(?!local\/)/, false);
  return all
    .filter(({ path }) => path.startsWith('lib/') && reached.has(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target, types }) => !types && (target === layer || !target.startsWith('lib/')))
        .map(({ as }) => `${path} imports ${as}`),
    );
}

const strangers = (all: readonly Module[]): string[] =>
  [...production(all)]
    .filter(([path]) => /^(lib\/(simulator|openapi)|infra|test)\//.test(path))
    .map(([path, by]) => `${by} imports ${path}`);

function copies(all: readonly Module[]): string[] {
  const reached = production(all);
  return all
    .filter(({ path }) => reached.has(path) && !path.startsWith('lib/signing/'))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ as, target }) => target.startsWith('lib/signing/') && as !== '#signing')
        .map(({ as }) => `${path} imports ${as}`),
    );
}

describe('infra/, but for its local stage', () => {
  it('runs data and pure functions of lib/ only', () => {
    expect(impure(modules)).toEqual([]);
    const stack = moduleOf('infra/stack.ts', "import { a } from '../lib/a.ts';");
    expect(impure([stack, moduleOf('lib/a.ts', "import { sign } from '#signing';")])).toEqual([
      'lib/a.ts imports #signing',
    ]);
    expect(impure([stack, moduleOf('lib/a.ts', "import { request } from 'node:http';")])).toEqual([
      'lib/a.ts imports node:http',
    ]);
    expect(impure([stack, moduleOf('lib/a.ts', "import type { Ticket } from '#signing';")])).toEqual([]);
  });
});

describe('what is deployed', () => {
  const handler = moduleOf('functions/a.ts', "import { a } from '../lib/a.ts';");

  it('does not reach the simulator, the local stage or a tool', () => {
    expect(production(modules).size).toBeGreaterThan(40);
    expect(strangers(modules)).toEqual([]);
    const between = moduleOf('lib/a.ts', "import type { B } from './simulator/b.ts';");
    expect(strangers([handler, between])).toEqual(['lib/a.ts imports lib/simulator/b.ts']);
  });

  it('takes the layer as #signing, or its code would be copied into every bundle', () => {
    expect(copies(modules)).toEqual([]);
    expect(copies([handler, moduleOf('lib/a.ts', "import { sign } from './signing/sign.ts';")])).toEqual([
      'lib/a.ts imports ./signing/sign.ts',
    ]);
  });
});

/** What stands in one place, or in none. */
const places: readonly [what: string, pattern: RegExp, allowed: readonly string[], where: RegExp, bad: string][] = [
  // The starter of all scripts is plain JavaScript for any Node, and sets PATH.
  [
    'process.env',
    /\bprocess\s*\.\s*env\b|\}\s*=\s*process\b|from 'node:process'/,
    ['lib/env.ts', 'infra/node24.js'],
    /./,
    'const { env } = process;',
  ],
  ['SHA-1', /['"`]sha-?1['"`]/i, ['lib/signing/sign.ts', 'infra/local/s3/checksums.ts'], /./, "createHash('SHA1')"],
  ['Math.random', /\bMath\.random\b/, ['lib/runtime.ts'], /./, 'Math.random()'],
  ['a clock that is not handed in', /\bDate\.now\(\)|\bnew Date\(\)/, [], /^(lib|functions)\//, 'Date.now()'],
  ['the console', /\bconsole\./, [], /^(lib|functions)\//, 'console.log()'],
  ['the look-alike domain', /webbank/i, [], /./, 'https://ida.webbank.com'],
];

const misplaced = (all: readonly Module[], pattern: RegExp, allowed: readonly string[], where: RegExp): string[] =>
  all
    .filter(({ path, text }) => where.test(path) && pattern.test(text) && !allowed.includes(path))
    .map(({ path }) => `${path}: allowed in ${allowed.join(' and ') || 'no file'}`);

describe('one place for', () => {
  it.each(places)('%s', (_what, pattern, allowed, where, bad) => {
    expect(misplaced(modules, pattern, allowed, where)).toEqual([]);
    expect(misplaced([moduleOf('lib/flow/buy.ts', bad)], pattern, allowed, where)).toHaveLength(1);
  });

  it('the look-alike domain is in no other file either', () => {
    const files = globSync(['*.{json,md,ts,js}', '.ci/*'], { cwd: root });
    expect(files).toContain('package.json');
    expect(files.filter((path) => /webbank/i.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });
});
