import { readFileSync } from 'node:fs';
import type { Family } from '../../../lib/codes/families.ts';

/** One row of the published code list. */
export interface UpstreamCode {
  code: string;
  group: string;
  ticketInvalid: boolean;
  chargeable: boolean;
  source: string;
}

const file = new URL('../../fixtures/upstream/error-codes.json', import.meta.url);

/** The published list without the warnings, which come with code 0 and are no codes of an answer. */
export const upstreamCodes = (JSON.parse(readFileSync(file, 'utf8')).codes as UpstreamCode[]).filter(
  ({ group }) => group !== 'bankcard_warning',
);

/** A family to which the codes of a group apply; every family where none is named. */
const homes: Record<string, Family> = {
  face: 'face',
  query: 'license-query',
  auth: 'consent-check',
  idcard_ocr: 'id-card',
  bankcard_ocr: 'bank-card',
  license_ocr: 'license',
};

/** The family in which to ask for the code of a row. */
export const homeOf = ({ code, group }: { code: string; group: string }): Family =>
  code === '66660020' ? 'id-card-query' : (homes[group] ?? 'face');
