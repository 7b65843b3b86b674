import { free, type Row } from './row.ts';

/** Codes of operations that read a result by its order number. */
export const query: readonly Row[] = [
  free('66660011', 'not-visible', 'saas', 'list-2018', 'face-record-page'),
  free('66663001', 'not-visible', 'saas'),
  free('66663002', 'not-visible', 'saas'),
  free('66663003', 'not-visible', 'saas'),
  // Listed with the ID-card codes, but it answers a query only; those of bank cards and licences presumably share it.
  free('66660020', 'not-visible', 'list-2018', 'idcard-page'),
];

/** Codes of the question whether a person has consented. */
export const auth: readonly Row[] = [free('66662001', 'not-authorized', 'saas')];
