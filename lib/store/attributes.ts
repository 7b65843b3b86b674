/** Plain values as DynamoDB's attribute values, and back. */
import type { AttributeValue } from '#signing';

/** An item of the table. */
export type Item = Record<string, AttributeValue>;

/** A plain value as an attribute value; undefined and null have none. */
function toAttribute(value: unknown): AttributeValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map((element) => toAttribute(element) ?? { NULL: true }) };
  return { M: toItem(value as Record<string, unknown>) };
}

/** A plain object as an item. */
export function toItem(values: Readonly<Record<string, unknown>>): Item {
  const entries = Object.entries(values).map(([key, value]) => [key, toAttribute(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Item;
}

function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L) return value.L.map(fromAttribute);
  return value.M ? fromItem(value.M) : null;
}

/** An item as a plain object. */
export function fromItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, fromAttribute(value)]));
}
