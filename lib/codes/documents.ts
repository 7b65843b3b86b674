import { free, type Row, unsure } from './row.ts';

/** Codes of ID-card OCR. */
export const idCardOcr: readonly Row[] = [
  free('66661001', 'wrong-document', 'list-2018', 'idcard-page'),
  free('66661002', 'temporary-card', 'list-history'),
  free('66661003', 'document-expired', 'list-2018', 'idcard-page'),
  free('66661004', 'document-date-wrong', 'list-2018', 'idcard-page'),
  free('66661005', 'photo-unreadable', 'list-2018', 'idcard-page'),
  free('66661006', 'wrong-side', 'list-2018', 'idcard-page'),
  free('66661007', 'wrong-side', 'list-2018', 'idcard-page'),
  free('66661008', 'document-unreadable', 'list-2018', 'idcard-page'),
  free('66661010', 'card-not-aligned', 'list-2018', 'idcard-page'),
  free('66661011', 'document-unreadable', 'list-2018', 'idcard-page'),
  free('66661012', 'document-unreadable', 'list-2018', 'idcard-page'),
  unsure('66661099', 'upstream-error', 'idcard-page'),
  free('66660067', 'malformed-call', 'idcard-page'),
  free('-9015', 'document-unreadable', 'idcard-page'),
  free('-9001', 'malformed-call', 'idcard-page'),
  free('-5107', 'wrong-document', 'idcard-page'),
  free('-5101', 'photo-unreadable', 'idcard-page'),
];

/** Codes of bank-card OCR; its warnings come with code 0 and are no codes. */
export const bankCardOcr: readonly Row[] = [
  free('-1304', 'malformed-call', 'list-2018', 'bankcard-page'),
  free('-9010', 'document-unreadable', 'bankcard-page'),
  free('-9011', 'document-unreadable', 'list-2018', 'bankcard-page'),
  free('-9012', 'blurred', 'list-2018', 'bankcard-page'),
  free('-9013', 'wrong-document', 'list-2018', 'bankcard-page'),
  free('-9014', 'card-number-unreadable', 'list-2018', 'bankcard-page'),
];

/** Codes of driving and vehicle licence OCR. */
export const licenseOcr: readonly Row[] = [
  free('-1102', 'photo-unreadable', 'list-2018'),
  free('-1300', 'malformed-call', 'list-2018'),
  free('-1301', 'malformed-call', 'list-2018'),
  free('-1304', 'malformed-call', 'list-2018'),
  free('-9001', 'malformed-call', 'list-2018'),
  free('-9002', 'document-unreadable', 'list-2018'),
  free('-9005', 'wrong-document', 'list-2018', 'ekyc-client'),
  free('-9006', 'document-unreadable', 'list-2018'),
];
