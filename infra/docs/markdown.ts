/** The little Markdown that the generated pages are made of. */
import type { Schema } from '../../lib/openapi/schema.ts';

/** The first line of every generated page. */
export const generatedNote = '<!-- Generated from the declarations by `npm run docs`. Do not edit. -->';

/** Text as code. */
export const code = (text: string): string => `\`${text}\``;

/** Several words as code, with commas between them. */
export const codes = (texts: Iterable<string>): string => [...texts].map(code).join(', ');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table. Every row has the same keys, which are its heads. */
export function table(rows: readonly Readonly<Record<string, string>>[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const heads = Object.keys(rows[0] ?? {});
  return [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n');
}

/** A page of blocks, with the note on top. */
export const page = (...blocks: readonly string[]): string => `${[generatedNote, ...blocks].join('\n\n')}\n`;

const bounds = (from: unknown, to: unknown): string => (from === to ? String(to) : `${String(from)} to ${String(to)}`);

/** What a schema allows, in words. */
export function schemaWords(schema: Schema): string {
  const { type, format, pattern, anyOf, $ref, items } = schema;
  if (typeof $ref === 'string') return $ref.split('/').at(-1)!.toLowerCase();
  if (Array.isArray(anyOf)) return anyOf.map((part: Schema) => schemaWords(part)).join(' or ');
  const [kind] = [type].flat();
  const orNull = Array.isArray(type) ? ' or null' : '';
  if (Array.isArray(schema.enum)) return codes(schema.enum.filter((value) => value !== null)) + orNull;
  if (kind === 'array') return `list of ${schemaWords(items as Schema)}${orNull}`;
  const length = schema.maxLength === undefined ? '' : `, ${bounds(schema.minLength, schema.maxLength)} characters`;
  const range = schema.maximum === undefined ? '' : `, ${bounds(schema.minimum, schema.maximum)}`;
  const like = typeof pattern === 'string' ? `, ${code(pattern)}` : '';
  return `${String(format ?? kind)}${orNull}${length}${range}${like}`;
}
