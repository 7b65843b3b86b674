/**
 * Result fields: what an answer of the upstream is turned into. A leaf names every spelling the upstream uses for it
 * (`wire`), how it is written there (`kind`), a documented sample as it comes (`raw`) and what it becomes (`sample`).
 * A test parses each `raw` and wants its `sample`.
 */
import type { Sensitivity } from './request.ts';

/** How a value is written upstream; `lib/result/kinds.ts` is the one reader. */
export type LeafKind =
  | 'text'
  | 'score'
  | 'count'
  | 'date'
  | 'month'
  | 'time'
  | 'sex'
  | 'range-start'
  | 'range-end'
  | 'range-open'
  | 'warning-bits'
  | 'warning-codes'
  | 'pass'
  | 'picture'
  | 'pictures';

/** One value of an answer. */
export interface Leaf<T = unknown> {
  readonly kind: LeafKind;
  /** Every spelling of the upstream; the first that is present counts (warnings: all are united). */
  readonly wire: readonly string[];
  readonly meaning: string;
  readonly raw: unknown;
  readonly sample: T;
  readonly sensitivity: Sensitivity;
  /** Left out of the result when the upstream does not send it (others become null). */
  readonly optional?: boolean;
  /** Answered only when the caller asked for `files`. */
  readonly onlyWithFiles?: boolean;
}

/** A value that does not come from the answer but from the request, the stage's policy or the clock. */
export interface Derived<T = unknown> {
  readonly kind: 'reference' | 'threshold' | 'challenge-expiry' | 'answered-at' | 'count-of-matches';
  /**
   * What it is derived from: a field of the request (reference), a list of the result (count-of-matches), or, read later,
   * a field of the query's result (answered-at).
   */
  readonly from?: string;
  readonly meaning: string;
  readonly sample: T;
  readonly sensitivity: Sensitivity;
}

/** When a group is in a result: the request asked for it, or the answer says that it was read. */
export type When =
  | { readonly sent: readonly [field: string, value: string] }
  | { readonly answered: readonly [wire: string, value: string] }
  | { readonly files: true };

/** Several fields under one name. */
export interface Group {
  readonly kind: 'group';
  readonly meaning: string;
  readonly fields: ResultFields;
  readonly when?: When;
}

/** A list of objects, one for each element of the upstream's list. */
export interface List {
  readonly kind: 'list';
  readonly wire: readonly string[];
  readonly meaning: string;
  readonly fields: ResultFields;
}

/** A field of a result. */
export type ResultField = Leaf | Derived | Group | List;
/** The fields of a result by their public names. */
export interface ResultFields {
  readonly [name: string]: ResultField;
}

type LeafOptions = Pick<Leaf, 'optional' | 'onlyWithFiles'> & { readonly sensitivity?: Sensitivity };

const leaf =
  <T>(kind: LeafKind, sensitivity: Sensitivity) =>
  (wire: string | readonly string[], meaning: string, raw: unknown, sample: T, options: LeafOptions = {}): Leaf<T> => ({
    kind,
    wire: typeof wire === 'string' ? [wire] : wire,
    meaning,
    raw,
    sample,
    sensitivity,
    ...options,
  });

/** Text as the upstream writes it; personal unless said otherwise. */
export const text = (wire: string | readonly string[], meaning: string, raw: string, options: LeafOptions = {}) =>
  leaf<string>('text', 'C2')(wire, meaning, raw, raw, options);
/** A number from 0 to 100 that the upstream writes as text. */
export const score = leaf<number>('score', 'C1');
/** A whole number. */
export const count = leaf<number>('count', 'C1');
/** A date as `yyyyMMdd` or `yyyy-MM-dd`; becomes `YYYY-MM-DD`. */
export const date = leaf<string>('date', 'C2');
/** A month as `MM/yyyy`; becomes `YYYY-MM`. */
export const month = leaf<string>('month', 'C3');
/** A time as `yyyy-MM-dd HH:mm:ss` in UTC+8; becomes ISO with `+08:00`. */
export const time = leaf<string>('time', 'C1');
/** `男` or `女`. */
export const sex = leaf<'male' | 'female'>('sex', 'C2');
/** A picture as base64 text. */
export const picture = (wire: string, meaning: string, options: LeafOptions = {}) =>
  leaf<{ base64: string }>('picture', 'C3')(wire, meaning, '/9j/4AAQ', { base64: '/9j/4AAQ' }, options);

const validity = '20240101-20440101';
/** First day of a card's validity, from `yyyyMMdd-yyyyMMdd` or `yyyyMMdd-长期`. */
export const validFrom = leaf<string>('range-start', 'C2')(
  'validDate',
  'First day of validity',
  validity,
  '2024-01-01',
);
/** Last day of a card's validity; null when it has no end. */
export const validUntil = leaf<string | null>('range-end', 'C2')(
  'validDate',
  'Last day of validity, null without end',
  validity,
  '2044-01-01',
);
/** Whether a card is valid without end. */
export const longTerm = leaf<boolean>('range-open', 'C2')(
  'validDate',
  'Whether the card is valid without end',
  validity,
  false,
);

/** Warnings of an ID card: eight characters of 0 and 1 (specification 7.3). */
export const warningBits = (...wire: string[]) =>
  leaf<string[]>('warning-bits', 'C1')(wire, 'Warnings about the picture, in bit order', '00000000', []);
/** Warnings of a bank card: one code, or several in brackets (specification 7.4). */
export const warningCodes = (...wire: string[]) =>
  leaf<string[]>('warning-codes', 'C1')(wire, 'Warnings about the picture', '0', []);

/** `similarity` as every face operation writes it. */
export const similarity = score('similarity', 'How alike the faces are, 0 to 100', '90.27', 90.27);
/** What the photo was compared with. */
export const reference = (suppliedBy?: string): Derived<'authority' | 'supplied'> => ({
  kind: 'reference',
  from: suppliedBy,
  meaning: "What was compared with: the authority's photo or the supplied one",
  sample: suppliedBy ? 'supplied' : 'authority',
  sensitivity: 'C1',
});
