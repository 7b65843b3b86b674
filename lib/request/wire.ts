/** Requests as the upstream wants them: spelled as declared, signed, media spliced in without copying it. */
import type { Body, Signature } from '#signing';
import { orderNo, type RequestField } from '../fields/request.ts';
import { base64Length, encoded } from '../media/base64.ts';
import { mediaPointer, type StagedFile } from '../media/file.ts';
import type { InlineMedia } from '../media/inline.ts';
import { type Operation, verbAndPath } from '../operation.ts';
import { appIdNames, type Profile } from '../profiles.ts';
import { type CheckedRequest, type RequestValue, textOf } from './validate.ts';

/** A call ready to be sent. */
export interface WireCall {
  readonly method: 'GET' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly body?: Body;
}

/** A staged file as far as sending it goes. */
export type WireFile = Pick<StagedFile, 'size' | 'read' | 'ready'>;
/** Files that travel beside the request that names them, by their pointers in it. */
export type WireFiles = ReadonlyMap<string, WireFile>;

type WireMedia = InlineMedia | WireFile;
type Spelled = readonly [wire: string, value: string | boolean | WireMedia];

function spell(field: RequestField, value: RequestValue | WireFile): string | WireMedia | null {
  if (field.kind === 'choice') return field.values[value as string]!;
  if (field.kind === 'flag') return value ? '1' : null;
  return value as string | WireMedia;
}

function spelledFields(operation: Operation, request: CheckedRequest, files: WireFiles): Spelled[] {
  const { alias = {}, constants = {} } = operation.wire;
  // Every call carries an order number, also those whose callers do not choose it.
  const fields = Object.entries({ orderNo, ...operation.request }).flatMap(([name, field]): Spelled[] => {
    const wire = Object.hasOwn(alias, name) ? alias[name]! : field.wire;
    const value = Object.hasOwn(request, name) ? spell(field, files.get(mediaPointer(name)) ?? request[name]!) : null;
    return wire === null || value === null ? [] : [[wire, value]];
  });
  return [...fields, ...Object.entries(constants)];
}

/**
 * The wire call of a request. All values are text, except the declared constants.
 *
 * @param request the checked request; its `orderNo` is the one that was signed
 * @param files a file for each media field that names one
 */
export function wireCall(
  operation: Operation,
  profile: Profile,
  appId: string,
  signature: Signature,
  request: CheckedRequest,
  files: WireFiles = noFiles,
): WireCall {
  const { method, path } = verbAndPath(operation.upstream);
  const appIds = appIdNames(operation, profile).map((wire): Spelled => [wire, appId]);
  const values: Spelled[] = [...appIds, ...Object.entries(signature), ...spelledFields(operation, request, files)];
  if (method === 'GET') {
    return {
      method,
      path: `${path}?${values.map(([key, value]) => `${key}=${encodeURIComponent(value as string)}`).join('&')}`,
    };
  }
  const trace = profile.orderNoInUrl ? `?orderNo=${encodeURIComponent(textOf(request, 'orderNo'))}` : '';
  return { method, path: `${path}${trace}`, body: jsonBody(values) };
}

/** None. */
export const noFiles: WireFiles = new Map();
const piece = 65_536;

/** A part of a body: its length in bytes, and the bytes; later ones come from elsewhere. */
type Part = { readonly length: number } & (
  | { readonly chunks: () => Iterable<Uint8Array> }
  | { readonly later: () => AsyncIterable<Uint8Array> }
);

const textPart = (text: string): Part => {
  const bytes = Buffer.from(text);
  return { length: bytes.length, chunks: () => [bytes] };
};

const inlinePart = ({ base64 }: InlineMedia): Part => ({
  length: base64.length,
  *chunks() {
    for (let at = 0; at < base64.length; at += piece) yield Buffer.from(base64.slice(at, at + piece), 'latin1');
  },
});

const mediaPart = (media: WireMedia): Part =>
  'base64' in media ? inlinePart(media) : { length: base64Length(media.size), later: () => encoded(media.read()) };

/** A JSON body of small values and base64 text. Base64 needs no escaping and has one byte a character. */
function jsonBody(values: readonly Spelled[]): Body {
  const parts: Part[] = [];
  let text = '{';
  for (const [index, [key, value]] of values.entries()) {
    text += `${index ? ',' : ''}${JSON.stringify(key)}:`;
    if (typeof value === 'object') {
      parts.push(textPart(`${text}"`), mediaPart(value));
      text = '"';
    } else text += JSON.stringify(value);
  }
  parts.push(textPart(`${text}}`));
  return { length: parts.reduce((sum, { length }) => sum + length, 0), chunks: () => chunksOf(parts) };
}

function chunksOf(parts: readonly Part[]): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (parts.every((part) => 'chunks' in part)) return parts.values().flatMap((part) => part.chunks());
  return (async function* () {
    for (const part of parts) yield* 'chunks' in part ? part.chunks() : part.later();
  })();
}
