/** docs/data-catalogue.md: every field, how sensitive it is, where it goes and how long it stays there. */
import type { Sensitivity } from '../../lib/fields/request.ts';
import type { Derived, Leaf, ResultFields } from '../../lib/fields/result.ts';
import { handsOutOnce } from '../../lib/openapi/problem-use.ts';
import type { Operation } from '../../lib/operation.ts';
import { code, codes, page, table } from './markdown.ts';
import { verificationSections } from './verifications-data.ts';

/** One field with what becomes of its values. */
export interface DataEntry {
  readonly field: string;
  readonly class: Sensitivity;
  readonly operation: string;
  readonly meaning: string;
  readonly goesTo: string;
  readonly stays: string;
}

const recordEnd = "until 95 days after the order's end";
const callEnd = 'until the call ends';

const stagedEnd = 'staged file until its order or verification is over, readable for a day at most';

function requestEntry(operation: Operation, name: string): Pick<DataEntry, 'goesTo' | 'stays'> {
  const sent = operation.wire.alias?.[name] === null ? 'Signet only' : 'the upstream';
  const recorded = operation.creates || operation.order.kind === 'reads';
  if (name === 'orderNo' && recorded) {
    return {
      goesTo: `${sent}; key of the order record; logs`,
      stays: `record ${recordEnd}; logs for the stage's retention`,
    };
  }
  if (!operation.creates) return { goesTo: sent, stays: callEnd };
  if (operation.request[name]!.kind === 'media') {
    return {
      goesTo: `${sent}; staged, the media bucket before that; in the order record only in the keyed fingerprint of the request (staged: its \`mediaId\`)`,
      stays: `${callEnd}; ${stagedEnd}; fingerprint ${recordEnd}`,
    };
  }
  const hashed = name === 'idNo' ? 'keyed fingerprints of request and person' : 'keyed fingerprint of the request';
  return {
    goesTo: `${sent}; in the order record only in the ${hashed}`,
    stays: `${callEnd}; fingerprint ${recordEnd}`,
  };
}

function resultEntry(operation: Operation, { kind, sensitivity }: Leaf | Derived): Pick<DataEntry, 'goesTo' | 'stays'> {
  if (operation.creates && sensitivity === 'C1') {
    return { goesTo: 'the answer; the order record', stays: `record ${recordEnd}` };
  }
  if (kind !== 'picture' && kind !== 'pictures') return { goesTo: 'the answer', stays: callEnd };
  if (handsOutOnce(operation)) {
    return {
      goesTo: 'the media bucket; links to it in the answer',
      stays: 'links of five minutes, signed anew for a day; the bucket removes the files within two',
    };
  }
  return {
    goesTo: 'the answer; the media bucket and links to it where the answer would be too large',
    stays: `${callEnd}; links for five minutes, the bucket removes the files within two days`,
  };
}

function resultEntries(operation: Operation, fields: ResultFields, above: string): readonly DataEntry[] {
  return Object.entries(fields).flatMap(([name, field]): readonly DataEntry[] => {
    const path = `${above}.${name}`;
    if (field.kind === 'group') return resultEntries(operation, field.fields, path);
    if (field.kind === 'list') return resultEntries(operation, field.fields, `${path}[]`);
    const { sensitivity, meaning } = field;
    return [{ field: path, class: sensitivity, operation: operation.name, meaning, ...resultEntry(operation, field) }];
  });
}

/** The entries of every field of every operation. */
export const dataEntries = (operations: readonly Operation[]): readonly DataEntry[] =>
  operations.flatMap((operation) => [
    ...Object.entries(operation.request).map(
      ([name, { sensitivity, meaning }]): DataEntry => ({
        field: `request.${name}`,
        class: sensitivity,
        operation: operation.name,
        meaning,
        ...requestEntry(operation, name),
      }),
    ),
    ...resultEntries(operation, operation.result, 'result'),
  ]);

const classes: Readonly<Record<Sensitivity, string>> = {
  C3: 'C3: faces, videos, consent agreements, pictures of documents, expiry of cards',
  C2: 'C2: identity and document data',
  C1: 'C1: order data',
};

function classTable(entries: readonly DataEntry[]): string {
  const alike = Map.groupBy(entries, ({ field, meaning, goesTo, stays }) => [field, meaning, goesTo, stays].join('\n'));
  return table(
    [...alike.values()].map((members) => {
      const { field, meaning, goesTo, stays } = members[0]!;
      return {
        field: code(field),
        meaning,
        operations: codes(members.map(({ operation }) => operation)),
        'goes to': goesTo,
        stays,
      };
    }),
  );
}

/** The page. */
export function dataPage(operations: readonly Operation[]): string {
  const entries = dataEntries(operations);
  const sections = (Object.keys(classes) as Sensitivity[]).flatMap((name) => [
    `## ${classes[name]}`,
    classTable(entries.filter((entry) => entry.class === name)),
  ]);
  return page(
    '# Data catalogue',
    `Every field of every request and result with its class (JR/T 0171-2020), its purpose, where its values go and how long they stay. Only values of class C1 are stored or logged in clear. Fingerprints are HMAC-SHA-256 under a key that each stage makes for itself; without it they say nothing. The record of a staged file holds its caller, type, size, ETag and whom it serves (C1), for two days. Values that do not parse go to ${code('result.unparsed')} of the answer and nowhere else.`,
    ...sections,
    ...verificationSections,
  );
}
