import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataEntries } from '../infra/docs/data-page.ts';
import { schemaWords, table } from '../infra/docs/markdown.ts';
import { operationsTable } from '../infra/docs/operations-table.ts';
import { generatedFiles } from '../infra/docs.ts';
import { problems } from '../lib/http/problems.ts';
import { requestFieldSchema } from '../lib/openapi/request-schema.ts';
import { resultSchema } from '../lib/openapi/result-schema.ts';
import type { Properties, Schema } from '../lib/openapi/schema.ts';
import { operations } from '../lib/operations/index.ts';

const root = join(import.meta.dirname, '..');
const committed = (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');
const files = generatedFiles();

describe('the generated docs', () => {
  it.each([...files.keys()])('%s is what the declarations say', (file) => {
    expect(committed(file) === files.get(file), `${file} is stale: run npm run docs`).toBe(true);
  });

  it('include the table of operations where there is a README', () => {
    expect(files.has('README.md'), 'README.md needs <!-- operations:begin --> and <!-- operations:end -->').toBe(
      existsSync(join(root, 'README.md')),
    );
  });

  it.each([...files.keys()].filter((file) => file !== 'README.md'))('%s says first how it is made', (file) => {
    expect(files.get(file)!.split('\n').slice(0, 2).join()).toContain('npm run docs');
  });

  it.each(operations)('describe $name', ({ name, route, upstream }) => {
    const [, section] = files.get('docs/operations.md')!.split(`\n## ${name}\n`);
    expect(section).toContain(route);
    expect(section).toContain(upstream);
  });

  it('mark as unproven what nobody has shown on a profile', () => {
    const unproven = operations.flatMap(({ wire }) =>
      ['webank', 'tencentcloud', 'kyc1'].filter((name) => !Object.hasOwn(wire.evidence ?? {}, name)),
    );
    // The introduction explains the mark once.
    expect(files.get('docs/operations.md')!.split('**unproven**')).toHaveLength(unproven.length + 2);
  });

  it('have one row for each operation in the table of the README', () => {
    const rows = operationsTable(operations).split('\n').slice(2);
    expect(rows.map((row) => row.split('`')[1])).toEqual(operations.map(({ name }) => name));
  });

  it.each(Object.keys(problems))('list the problem %s', (slug) => {
    expect(files.get('docs/errors.md')).toContain(`| \`${slug}\` |`);
  });
});

/** Paths of all values that a schema knows. */
function paths(schema: Schema, above: string): string[] {
  if (schema.items && (schema.items as Schema).properties) return paths(schema.items as Schema, `${above}[]`);
  const properties = schema.properties as Properties | undefined;
  if (!properties) return [above];
  return Object.entries(properties).flatMap(([name, inner]) => paths(inner, `${above}.${name}`));
}

describe('the data catalogue', () => {
  const entries = dataEntries(operations);

  // Reliability: PII-9. A field without an entry would be one that nobody has thought about.
  it.each(operations)('has an entry for every field of $name', (operation) => {
    const { name, request } = operation;
    const fields = [
      ...Object.keys(request).map((field) => `request.${field}`),
      ...paths(resultSchema(operation), 'result'),
    ];
    const listed = entries.filter((entry) => entry.operation === name).map(({ field }) => field);
    expect(listed.sort()).toEqual(fields.filter((field) => field !== 'result.unparsed').sort());
  });

  it('lets nothing but order data into an order record', () => {
    const kept = entries.filter(
      ({ goesTo }) => /the order record|key of the order record/.test(goesTo) && !goesTo.includes('only in'),
    );
    expect(kept.filter((entry) => entry.class !== 'C1')).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
  });
});

describe('the Markdown', () => {
  it('keeps bars and line breaks inside their cell', () => {
    expect(table([{ a: 'x|y', b: 'one\ntwo' }])).toBe('| a | b |\n| --- | --- |\n| x\\|y | one two |');
  });

  it('says what a schema allows', () => {
    const group = operations.find(({ name }) => name === 'face-compare-group')!;
    expect(schemaWords(requestFieldSchema(group, 'name'))).toBe('string, 2 to 32 characters, `^\\S(.*\\S)?$`');
    expect(schemaWords({ type: ['array', 'null'], items: { type: 'string' } })).toBe('list of string or null');
    expect(schemaWords({ type: ['string', 'null'], enum: ['male', null] })).toBe('`male` or null');
    expect(schemaWords({ anyOf: [{ $ref: '#/components/schemas/Picture' }, { type: 'null' }] })).toBe(
      'picture or null',
    );
  });
});
