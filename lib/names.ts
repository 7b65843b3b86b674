/** Names and numbers of persons, made comparable. */

/** What stands between the parts of a name: U+00B7 and what is written or recognised in its place. */
const dots = /[.·•․‧∙⋅⸱⸳ꞏ・･。｡．﹒◦●⦁ㆍ˙]/gu;

/** White space, and characters that show nothing (zero-width ones, variation selectors). */
const invisible = /[\s\p{Default_Ignorable_Code_Point}]/gu;

const orNull = (text: string): string | null => (text === '' ? null : text);

/**
 * A name in the form in which two spellings of one name are equal: NFKC, without white space (recognition puts it
 * between characters, and no two names differ by it), Latin letters in upper case, one kind of middle dot.
 * Null: nothing legible.
 */
export function foldName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  // Dots first: the compatibility form of some is a blank or another letter.
  const folded = value.replace(dots, '·').normalize('NFKC').replace(invisible, '').toUpperCase();
  return /[\p{L}\p{N}]/u.test(folded) ? folded : null;
}

/** An ID or licence number in comparable form: NFKC, trimmed, upper case. Null: nothing legible. */
export function foldNumber(value: unknown): string | null {
  return typeof value === 'string' ? orNull(value.normalize('NFKC').trim().toUpperCase()) : null;
}

/** How a value of a document compares with the subject's: `unknown` when there is nothing to compare with. */
export type Comparison = 'same' | 'differs' | 'unreadable' | 'unknown';

/** Compares a value of a document with the subject's, both folded. */
export function compare(fold: (value: unknown) => string | null, read: unknown, expected: unknown): Comparison {
  const [a, b] = [fold(read), fold(expected)];
  if (a === null) return 'unreadable';
  if (b === null) return 'unknown';
  return a === b ? 'same' : 'differs';
}
