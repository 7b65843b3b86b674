import { account, gateway, newerFrontUncertain, transport } from './common.ts';
import { bankCardOcr, idCardOcr, licenseOcr } from './documents.ts';
import { face } from './face.ts';
import { auth, query } from './queries.ts';

/**
 * Every upstream code, in the groups in which the upstream lists them, under its own names. One number can mean different things in
 * different groups (-1102, -1301, -1304, -9001), so a code has a meaning only within a family: see `families.ts`.
 */
export const catalogue = {
  gateway,
  transport,
  account,
  face,
  query,
  auth,
  idcard_ocr: idCardOcr,
  bankcard_ocr: bankCardOcr,
  license_ocr: licenseOcr,
  newer_front_uncertain: newerFrontUncertain,
};

/** A group of `catalogue`. */
export type Group = keyof typeof catalogue;
