/** Schemas of results: what each kind of value becomes. A value that does not parse is null and stands raw in `unparsed`. */
import type { Derived, Leaf, LeafKind, ResultField, ResultFields } from '../fields/result.ts';
import type { Operation } from '../operation.ts';
import { outcomesOf } from './outcomes.ts';
import { nullable, openObject, type Properties, ref, type Schema, timeSchema } from './schema.ts';

const date: Schema = { type: 'string', format: 'date' };
const score: Schema = { type: 'number', minimum: 0, maximum: 100 };
const slugs: Schema = { type: 'array', items: { type: 'string' } };

const leafSchemas: Readonly<Record<LeafKind, Schema>> = {
  text: { type: 'string' },
  score,
  count: { type: 'integer', minimum: 0 },
  date,
  month: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}$' },
  time: timeSchema,
  sex: { type: 'string', enum: ['male', 'female'] },
  'range-start': date,
  'range-end': date,
  'range-open': { type: 'boolean' },
  'warning-bits': slugs,
  'warning-codes': slugs,
  pass: { type: 'string', enum: ['match', 'no-match'] },
  picture: ref('Picture'),
  pictures: { type: 'array', items: ref('Picture') },
};

const derivedSchemas: Readonly<Record<Derived['kind'], Schema>> = {
  reference: { type: 'string', enum: ['authority', 'supplied'] },
  threshold: score,
  'challenge-expiry': timeSchema,
  'answered-at': timeSchema,
  'count-of-matches': { type: 'integer', minimum: 0 },
};

/** A picture in a result. */
export const pictureSchema: Schema = {
  oneOf: [
    openObject({ base64: { type: 'string', contentEncoding: 'base64' } }, ['base64']),
    openObject(
      {
        url: { type: 'string', format: 'uri' },
        expiresAt: { ...timeSchema, description: 'How long the link serves.' },
      },
      ['url', 'expiresAt'],
    ),
  ],
  description:
    'A picture: JPEG or PNG as base64; a link where the pictures would not fit into the answer, and wherever they are kept for a replay.',
};

/** Whether a field is one value (and no group or list). */
export const isValue = (field: ResultField): field is Leaf | Derived => field.kind !== 'group' && field.kind !== 'list';

/** Whether a field may be missing from a result. */
export function mayBeMissing(field: ResultField): boolean {
  if (field.kind === 'group') return field.when !== undefined;
  return 'optional' in field && field.optional === true;
}

/**
 * The schema of one field of a result.
 *
 * @param promised whether the members of a list are there even when the upstream sends nothing for them
 */
export function resultFieldSchema(field: ResultField, promised: boolean): Schema {
  const description = `${field.meaning}.`;
  if (field.kind === 'group') return { ...fieldsSchema(field.fields, true), description };
  if (field.kind === 'list') return { type: 'array', items: fieldsSchema(field.fields, promised), description };
  if ('wire' in field) return { ...nullable(leafSchemas[field.kind]), description };
  return { ...derivedSchemas[field.kind], description };
}

function fieldsSchema(fields: ResultFields, promised: boolean): Schema {
  const properties: Properties = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, resultFieldSchema(field, promised)]),
  );
  return openObject(properties, promised ? Object.keys(fields).filter((name) => !mayBeMissing(fields[name]!)) : []);
}

const unparsed: Schema = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 200 },
  description: 'Raw values that could not be parsed, by the path of their field, which is null.',
};

/** Whether every answer has all fields: a negative outcome shows only what came with it, a replayed one no nulls. */
const promises = (operation: Operation): boolean => outcomesOf(operation).size === 1;

/** The schema of an operation's result. */
export function resultSchema(operation: Operation): Schema {
  const { properties, ...rest } = fieldsSchema(operation.result, promises(operation));
  return { ...rest, properties: { ...(properties as Properties), unparsed } };
}
