/** JSON Schema (2020-12, as in OpenAPI 3.1) as plain data, and the few shapes that all parts of the document share. */

/** One schema. */
export type Schema = Readonly<Record<string, unknown>>;
/** Schemas by the names of the members that they describe. */
export type Properties = Readonly<Record<string, Schema>>;

/** Points to a named schema of the document. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** `SomeCallRequest` of `some-call` and `Request`: how a component is named. */
export const componentName = (operation: string, part: string): string =>
  `${operation
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}${part}`;

/** An object of an answer. Open: clients must bear members that are added later. */
export const openObject = (properties: Properties, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});

/** An object of a request. Closed: unknown members are refused. */
export const closedObject = (properties: Properties, required: readonly string[]): Schema => ({
  ...openObject(properties, required),
  additionalProperties: false,
});

/** The same schema, or null. */
export function nullable(schema: Schema): Schema {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}),
  };
}

/** A JSON body with examples. */
export const json = (schema: Schema, examples: Readonly<Record<string, unknown>>): Schema => ({
  'application/json': {
    schema,
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
  },
});

/** An order number, wherever one stands. */
export const orderNoSchema: Schema = { type: 'string', pattern: '^[A-Za-z0-9]{1,32}$' };

/** A time with offset. */
export const timeSchema: Schema = { type: 'string', format: 'date-time' };
