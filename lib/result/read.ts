/** Results out of answers, as declared. What does not parse is null in its place and stands raw in `unparsed`. */
import type { Derived, Group, Leaf, List, ResultFields, When } from '../fields/result.ts';
import { bare, decodedLength } from '../media/base64.ts';
import type { CheckedRequest } from '../request/validate.ts';
import { isoChina } from '../time.ts';
import { bitNames, isoTime, parsers } from './kinds.ts';

/** A result by public names. */
export type Result = Record<string, unknown>;

/** What a result depends on besides the answer. */
export interface ReadContext {
  /** The request that was sent. */
  readonly request: CheckedRequest;
  /** The stage's `similarity.match`. */
  readonly threshold: number;
  /** Milliseconds that a challenge stays usable. */
  readonly challengeMaxAge: number;
  /** Our own time, epoch milliseconds. */
  readonly now: number;
  /** The upstream's time, as sent. */
  readonly transactionTime: string | null;
}

type Source = Readonly<Record<string, unknown>>;
const nothing = Symbol('nothing');
const longestRaw = 200;
const longestList = 100;
const nothingSent: readonly unknown[] = [undefined, null, ''];

/** Reads the declared fields out of an answer. */
export function readResult(fields: ResultFields, values: Source, context: ReadContext): Result {
  const unparsed: Record<string, string> = {};
  const result = readFields(fields, values, context, '', unparsed);
  return Object.keys(unparsed).length > 0 ? { ...result, unparsed } : result;
}

function readFields(
  fields: ResultFields,
  values: Source,
  context: ReadContext,
  path: string,
  unparsed: Record<string, string>,
): Result {
  const result: Result = {};
  for (const [name, field] of Object.entries(fields)) {
    const here = `${path}${name}`;
    let value: unknown;
    if (field.kind === 'group') value = readGroup(field, values, context, here, unparsed);
    else if (field.kind === 'list') value = readList(field, values, context, here, unparsed);
    else if ('wire' in field) value = readLeaf(field, values, here, unparsed);
    else value = derive(field, context);
    if (value !== nothing) result[name] = value;
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'count-of-matches') result[name] = countMatches(result[field.from!]);
  }
  return result;
}

function applies(when: When | undefined, values: Source, { request }: ReadContext): boolean {
  if (!when) return true;
  if ('files' in when) return request.files === true;
  if ('sent' in when) return request[when.sent[0]] === when.sent[1];
  return scalarText(values[when.answered[0]]) === when.answered[1];
}

function readGroup(group: Group, values: Source, context: ReadContext, path: string, unparsed: Record<string, string>) {
  return applies(group.when, values, context)
    ? readFields(group.fields, values, context, `${path}.`, unparsed)
    : nothing;
}

function readList(list: List, values: Source, context: ReadContext, path: string, unparsed: Record<string, string>) {
  const raw = values[list.wire[0]!];
  if (!Array.isArray(raw) || raw.length > longestList) {
    if (!nothingSent.includes(raw)) unparsed[path] = '(not a list)';
    return null;
  }
  // An element of another type keeps its place, with nothing in it: who counts them must not lose one.
  return raw.map((element, index) => readFields(list.fields, Object(element), context, `${path}.${index}.`, unparsed));
}

/** A scalar as text; undefined when it is absent, empty or no scalar. */
function scalarText(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw === '' ? undefined : raw;
  return typeof raw === 'number' && Number.isFinite(raw) ? String(raw) : undefined;
}

function readLeaf(leaf: Leaf, values: Source, path: string, unparsed: Record<string, string>): unknown {
  if (leaf.kind === 'picture' || leaf.kind === 'pictures') return readPictures(leaf, values, path, unparsed);
  const present = leaf.wire.filter((wire) => scalarText(values[wire]) !== undefined);
  if (present.length === 0) {
    const strange = leaf.wire.some((wire) => !nothingSent.includes(values[wire]));
    if (strange) unparsed[path] = '(not a value)';
    return leaf.optional && !strange ? nothing : null;
  }
  const united = leaf.kind === 'warning-bits' || leaf.kind === 'warning-codes';
  const parse = parsers[leaf.kind];
  const parsed = (united ? present : present.slice(0, 1)).map((wire) => parse(scalarText(values[wire])!));
  if (parsed.includes(undefined)) {
    unparsed[path] = scalarText(values[present[parsed.indexOf(undefined)]!])!.slice(0, longestRaw);
    return null;
  }
  return united ? unite(parsed as string[][], leaf.kind) : parsed[0];
}

// Bits in their order, codes in that of the longer list; `warning` is in practice contained in `multiWarning`.
function unite(lists: readonly string[][], kind: Leaf['kind']): string[] {
  const [longest = [], ...others] = [...lists].sort((a, b) => b.length - a.length);
  const names = [...new Set([...longest, ...others.flat()])];
  return kind === 'warning-bits' ? bitNames.filter((name) => names.includes(name)) : names;
}

function readPictures(leaf: Leaf, values: Source, path: string, unparsed: Record<string, string>): unknown {
  const raw = values[leaf.wire[0]!];
  const absent = raw === undefined || raw === null || raw === '';
  if (absent) return leaf.optional ? nothing : null;
  const texts = (leaf.kind === 'picture' ? [raw] : Array.isArray(raw) ? raw : [null]).map((text) =>
    typeof text === 'string' && decodedLength(bare(text)) !== null ? { base64: bare(text) } : null,
  );
  if (texts.includes(null)) {
    unparsed[path] = '(not base64)';
    return null;
  }
  return leaf.kind === 'picture' ? texts[0] : texts;
}

function derive(field: Derived, context: ReadContext): unknown {
  switch (field.kind) {
    case 'reference':
      return field.from !== undefined && context.request[field.from] !== undefined ? 'supplied' : 'authority';
    case 'threshold':
      return context.threshold;
    case 'challenge-expiry':
      return isoChina(context.now + context.challengeMaxAge);
    case 'answered-at':
      return (context.transactionTime && isoTime(context.transactionTime)) ?? isoChina(context.now);
    case 'count-of-matches':
      return null;
  }
}

function countMatches(list: unknown): number | null {
  return Array.isArray(list) ? list.filter((element) => (element as Result).outcome === 'match').length : null;
}

/**
 * The part of a result that holds order data only (class C1): scores, digits, warnings, times. This, and nothing else of
 * a result, may be kept in an order record.
 */
export function keepable(fields: ResultFields, result: Result): Result {
  const kept: Result = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = result[name];
    if (value === undefined || value === null) continue;
    if (field.kind === 'group') {
      const inner = keepable(field.fields, value as Result);
      if (Object.keys(inner).length > 0) kept[name] = inner;
    } else if (field.kind === 'list') {
      kept[name] = (value as Result[]).map((element) => keepable(field.fields, element));
    } else if (field.sensitivity === 'C1') kept[name] = value;
  }
  return kept;
}

/** The part of a result that another operation declares too: how a result that was read again is handed out as the first. */
export function shapedAs(fields: ResultFields, result: Result, request: CheckedRequest): Result {
  const shaped: Result = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(result, name)) continue;
    if (field.kind !== 'group') shaped[name] = result[name];
    else if (!field.when || 'answered' in field.when || applies(field.when, {}, { request } as ReadContext)) {
      shaped[name] = shapedAs(field.fields, result[name] as Result, request);
    }
  }
  if (result.unparsed !== undefined) shaped.unparsed = result.unparsed;
  return shaped;
}
