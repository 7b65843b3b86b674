/** Requests against their declaration: closed, typed, and told apart by pointer and rule, never by a submitted value. */
import type { RequestField, TextField } from '../fields/request.ts';
import { isIdNumber } from '../identity.ts';
import { checkInline, type InlineMedia } from '../media/inline.ts';
import { limitOf, type Operation, type ProfileName } from '../operation.ts';

/** One thing wrong with a request: where (JSON pointer, RFC 6901) and which rule. */
export interface Violation {
  readonly pointer: string;
  readonly rule: string;
}

/** A checked value of a request. */
export type RequestValue = string | boolean | InlineMedia;
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
  const unknown = Object.keys(input).find((key) => key !== 'base64');
  if (unknown !== undefined) return { pointer: `/${safeKey(unknown)}`, rule: 'unknown' };
  if (!Object.hasOwn(input, 'base64')) return { pointer: '/base64', rule: 'required' };
  return typeof (input as { base64: unknown }).base64 === 'string' ? null : { pointer: '/base64', rule: 'type' };
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

// A name that somebody sends is a submitted value too: only what looks like a field name is repeated.
const safeKey = (key: string): string => (/^[A-Za-z][A-Za-z0-9]{0,31}$/.test(key) ? key : '-');

/**
 * Checks a request. Shape first; media only when the shape is right, so that a large photo of a wrong request costs
 * nothing.
 *
 * @param input the parsed JSON body, or path and query values with flags already booleans
 */
export function validate(operation: Operation, profile: ProfileName, input: unknown): Checked {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { problem: 'invalid-request', errors: [{ pointer: '', rule: 'type' }] };
  }
  const errors: Violation[] = [];
  const request: Record<string, RequestValue> = {};
  const media: { name: string; base64: string }[] = [];
  const given = input as Record<string, unknown>;
  const absent = operation.wire.absent?.[profile] ?? [];

  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(operation.request, key)) errors.push({ pointer: `/${safeKey(key)}`, rule: 'unknown' });
  }
  for (const [name, field] of Object.entries(operation.request)) {
    if (!Object.hasOwn(given, name)) {
      if (!('optional' in field)) errors.push({ pointer: `/${name}`, rule: 'required' });
      continue;
    }
    if (absent.includes(name)) {
      errors.push({ pointer: `/${name}`, rule: 'not-in-profile' });
      continue;
    }
    const result = field.kind === 'media' ? checkMediaShape(given[name]) : checkSmall(field, given[name]);
    if (result === null) media.push({ name, base64: (given[name] as { base64: string }).base64 });
    else if ('value' in result) request[name] = result.value;
    else errors.push({ pointer: `/${name}${result.pointer ?? ''}`, rule: result.rule });
  }
  errors.push(...relations(operation, given));
  if (errors.length > 0) return { problem: 'invalid-request', errors };

  for (const { name, base64 } of media) {
    const checked = checkInline(base64, limitOf(operation, name, profile));
    if (typeof checked === 'string') errors.push({ pointer: `/${name}/base64`, rule: checked });
    else request[name] = checked;
  }
  return errors.length > 0 ? { problem: 'media-invalid', errors } : { request };
}

function relations({ needs }: Operation, given: Record<string, unknown>): Violation[] {
  const has = (name: string) => Object.hasOwn(given, name);
  const missing = Object.entries(needs?.with ?? {})
    .filter(([name, other]) => has(name) && !has(other))
    .map(([, other]) => ({ pointer: `/${other}`, rule: 'required' }));
  if (needs?.oneOf && !needs.oneOf.some((set) => set.every(has))) {
    missing.push({ pointer: '', rule: 'one-of' });
  }
  return missing;
}
