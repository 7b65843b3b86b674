/** Requests against their declaration: closed, typed, and told apart by pointer and rule, never by a submitted value. */
import { mediaIdPattern, type RequestField, type TextField } from '../fields/request.ts';
import { isIdNumber } from '../identity.ts';
import { checkInline, type InlineMedia } from '../media/inline.ts';
import { limitOf, type Operation, type ProfileName, type RequestFields } from '../operation.ts';

/** One thing wrong with a request: where (JSON pointer, RFC 6901) and which rule. */
export interface Violation {
  readonly pointer: string;
  readonly rule: string;
}

/** Media by the id of a staged file; nothing is known of the file yet. */
export interface MediaReference {
  readonly mediaId: string;
}

/** A checked value of a request. */
export type RequestValue = string | boolean | InlineMedia | MediaReference;
/** A checked request by public field names. */
export type CheckedRequest = Readonly<Record<string, RequestValue>>;

/** The text of a field that a request has for certain, such as its order number. */
export const textOf = (request: CheckedRequest, field: string): string => {
  const value = request[field];
  return typeof value === 'string' ? value : '';
};

/** The outcome of a check: the request, or what is wrong with its shape, or what is wrong with its media. */
export type Checked =
  | { readonly request: CheckedRequest }
  | { readonly problem: 'invalid-request' | 'media-invalid'; readonly errors: readonly Violation[] };

type Result = { readonly value: RequestValue } | { readonly pointer?: string; readonly rule: string };

const control = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u;

/** A composed character has at most four parts of two UTF-16 units: what is longer cannot become short enough. */
const mostParts = 8;

function checkText(field: TextField, input: string): Result {
  if (input.length > field.max * mostParts) return { rule: 'too-long' };
  const value = input.normalize('NFC');
  const { length } = Array.from(value);
  if (length < field.min) return { rule: length === 0 ? 'empty' : 'too-short' };
  if (length > field.max) return { rule: 'too-long' };
  if (field.pattern ? !field.pattern.test(value) : control.test(value) || value.trim() !== value)
    return { rule: 'pattern' };
  return { value };
}

function checkMediaShape(input: unknown): Result | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { rule: 'type' };
  const [key, second] = Object.keys(input);
  if (key === undefined) return { rule: 'one-of' };
  const unknown = [key, second].find((name) => name !== undefined && name !== 'base64' && name !== 'mediaId');
  if (unknown !== undefined) return { pointer: `/${safeKey(unknown)}`, rule: 'unknown' };
  if (second !== undefined) return { rule: 'one-of' };
  const value = (input as Record<string, unknown>)[key];
  if (typeof value !== 'string') return { pointer: `/${key}`, rule: 'type' };
  if (key === 'base64') return null;
  return mediaIdPattern.test(value) ? { value: { mediaId: value } } : { pointer: '/mediaId', rule: 'pattern' };
}

function checkSmall(field: Exclude<RequestField, { kind: 'media' }>, input: unknown): Result {
  if (field.kind === 'flag') return typeof input === 'boolean' ? { value: input } : { rule: 'type' };
  if (typeof input !== 'string') return { rule: 'type' };
  if (field.kind === 'text') return checkText(field, input);
  if (field.kind === 'choice') return Object.hasOwn(field.values, input) ? { value: input } : { rule: 'choice' };
  const value = input.toUpperCase();
  if (value.length !== 18) return { rule: 'length' };
  return isIdNumber(value) ? { value } : { rule: 'check-digit' };
}

/** A name that somebody sends is a submitted value too: only what looks like a field name is repeated. */
export const safeKey = (key: string): string => (/^[A-Za-z][A-Za-z0-9]{0,31}$/.test(key) ? key : '-');

/** What the shape of some fields came to; inline media is not looked at yet. */
export interface Shape {
  readonly errors: readonly Violation[];
  readonly values: Readonly<Record<string, RequestValue>>;
  /** Base64 text by field. */
  readonly inline: Readonly<Record<string, string>>;
}

/**
 * Checks the shape of some fields: closed, complete, each value as its field wants it.
 *
 * @param absent fields that the profile does not have
 */
export function checkShape(
  fields: RequestFields,
  needs: Operation['needs'],
  input: unknown,
  absent: readonly string[] = [],
): Shape {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { errors: [{ pointer: '', rule: 'type' }], values: {}, inline: {} };
  }
  const errors: Violation[] = [];
  const values: Record<string, RequestValue> = {};
  const inline: Record<string, string> = {};
  const given = input as Record<string, unknown>;

  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(fields, key)) errors.push({ pointer: `/${safeKey(key)}`, rule: 'unknown' });
  }
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(given, name)) {
      if (!('optional' in field)) errors.push({ pointer: `/${name}`, rule: 'required' });
      continue;
    }
    if (absent.includes(name)) {
      errors.push({ pointer: `/${name}`, rule: 'not-in-profile' });
      continue;
    }
    const result = field.kind === 'media' ? checkMediaShape(given[name]) : checkSmall(field, given[name]);
    if (result === null) inline[name] = (given[name] as { base64: string }).base64;
    else if ('value' in result) values[name] = result.value;
    else errors.push({ pointer: `/${name}${result.pointer ?? ''}`, rule: result.rule });
  }
  return { errors: [...errors, ...relations(needs, given)], values, inline };
}

/**
 * Checks a request. Shape first; media only when the shape is right, so that a large photo of a wrong request costs
 * nothing.
 *
 * @param input the parsed JSON body, or path and query values with flags already booleans
 */
export function validate(operation: Operation, profile: ProfileName, input: unknown): Checked {
  const { request: fields, needs, wire } = operation;
  const { errors, values, inline } = checkShape(fields, needs, input, wire.absent?.[profile]);
  if (errors.length > 0) return { problem: 'invalid-request', errors };
  const faults: Violation[] = [];
  const media: Record<string, InlineMedia> = {};
  for (const [name, base64] of Object.entries(inline)) {
    const checked = checkInline(base64, limitOf(operation, name, profile));
    if (typeof checked === 'string') faults.push({ pointer: `/${name}/base64`, rule: checked });
    else media[name] = checked;
  }
  return faults.length > 0 ? { problem: 'media-invalid', errors: faults } : { request: { ...values, ...media } };
}

function relations(needs: Operation['needs'], given: Record<string, unknown>): Violation[] {
  const has = (name: string) => Object.hasOwn(given, name);
  const missing = Object.entries(needs?.with ?? {})
    .filter(([name, other]) => has(name) && !has(other))
    .map(([, other]) => ({ pointer: `/${other}`, rule: 'required' }));
  if (needs?.oneOf && !needs.oneOf.some((set) => set.every(has))) {
    missing.push({ pointer: '', rule: 'one-of' });
  }
  return missing;
}
