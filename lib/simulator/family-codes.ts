/** Which code a family of operations refuses a bad field with (specification, section 6; guessed where it says nothing). */
import type { Family } from '../codes/classify.ts';

/** Ways in which a field can be bad. `null`: 400101 that names the field. */
export interface FieldCodes {
  /** A required field, or required media, is missing. */
  readonly missing: string | null;
  readonly missingMedia: string | null;
  readonly tooLong: string;
  /** Not one of the allowed values. */
  readonly invalid: string;
  /** Name or ID number. */
  readonly identity: string;
  /** Media that is no base64, or no file of an allowed type; the trusted photo and videos have codes of their own. */
  readonly undecodable: string;
  readonly wrongType: string;
  readonly source: string;
  readonly sourceType: string;
  readonly video: string;
  /** A query or question that finds nothing. */
  readonly notFound: string;
}

const malformed = '66660013';
const common: FieldCodes = {
  missing: null,
  missingMedia: null,
  tooLong: malformed,
  invalid: malformed,
  identity: malformed,
  undecodable: malformed,
  wrongType: malformed,
  source: malformed,
  sourceType: malformed,
  video: malformed,
  notFound: '66660011',
};

const special: Partial<Record<Family, Partial<FieldCodes>>> = {
  face: {
    identity: '66660015',
    undecodable: '66660035',
    wrongType: '-1102',
    source: '66660039',
    sourceType: '66660019',
    video: '66660016',
  },
  challenge: { identity: '66660015' },
  video: { video: '66660016' },
  'id-card': { tooLong: '-9001', invalid: '-9001', undecodable: '66661005', wrongType: '-5101' },
  'bank-card': { tooLong: '-1304', undecodable: '-9010', wrongType: '-9010' },
  license: {
    missing: '-1301',
    missingMedia: '-1300',
    tooLong: '-1304',
    invalid: '-9001',
    undecodable: '-1102',
    wrongType: '-1102',
  },
  'consent-check': { notFound: '66662001' },
  'id-card-query': { notFound: '66660020' },
  'bank-card-query': { notFound: '66660020' },
};

/** The codes of a family. */
export const fieldCodes = (family: Family): FieldCodes => ({ ...common, ...special[family] });
