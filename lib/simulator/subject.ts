/** What an answer tells about, and which values were on the document that was sent. */
import type { Group, Leaf } from '../fields/result.ts';
import type { Operation } from '../operation.ts';
import { wireName } from './upstream.ts';

/** What an answer tells about. */
export interface Subject {
  /** The operation that made the order; in its own answer the one that answers. */
  readonly creator: Operation;
  /** Small values that it was sent; null for an order made elsewhere, of which everything was read. */
  readonly sent: Readonly<Record<string, string>> | null;
  /** Values that differ from the samples, by public path; null: not in the answer. */
  readonly values: Readonly<Record<string, string | null>>;
  /** When it was made, epoch milliseconds. */
  readonly at: number;
  /** Whether pictures are in the answer. */
  readonly files: boolean;
}

/** What a choice of the request was, by public name; the first when it was not sent. */
function choiceOf({ creator, sent }: Subject, name: string): string | undefined {
  const field = creator.request[name];
  if (field?.kind !== 'choice') return undefined;
  const values = Object.entries(field.values);
  const given = sent?.[wireName(creator, name) ?? ''];
  return (values.find(([, wire]) => wire === given) ?? values[0])?.[0];
}

const sentGroups = ({ creator }: Subject): [name: string, group: Group][] =>
  Object.entries(creator.result).flatMap(([name, field]) =>
    field.kind === 'group' && field.when && 'sent' in field.when ? [[name, field]] : [],
  );

/** Whether a side of the document was read, by the name its group has in the upload and in the query. */
export function wasRead(subject: Subject, name: string): boolean {
  const group = sentGroups(subject).find(([side]) => side === name)?.[1];
  if (subject.sent === null || !group?.when || !('sent' in group.when)) return true;
  return choiceOf(subject, group.when.sent[0]) === group.when.sent[1];
}

/** Whether a picture belongs to a side that was read: by the beginning of its name, else to the first side. */
function pictureShown(subject: Subject, name: string): boolean {
  const sides = sentGroups(subject).map(([side]) => side);
  const owner = sides.find((side) => name.startsWith(side)) ?? sides[0];
  return owner === undefined || wasRead(subject, owner);
}

/** Whether a value is on what was sent: the page of a licence, or something that had to be asked for. */
export function isShown(subject: Subject, name: string, leaf: Leaf): boolean {
  const { creator, sent } = subject;
  if (leaf.kind === 'picture') return pictureShown(subject, name);
  const asked = `with${name[0]!.toUpperCase()}${name.slice(1)}`;
  if (Object.hasOwn(creator.request, asked)) return sent?.[wireName(creator, asked) ?? ''] === '1';
  // A document whose pages are one flat list: the second page is made of the optional values.
  if (creator.request.side?.kind !== 'choice' || sentGroups(subject).length > 0) return true;
  if (!Object.hasOwn(creator.result, name)) return true;
  const secondPage = choiceOf(subject, 'side') === Object.keys(creator.request.side.values)[1];
  return secondPage === (leaf.optional === true);
}
