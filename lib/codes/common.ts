import { free, paid, type Row, unsure } from './row.ts';

/** Codes of the front door, for every operation. */
export const gateway: readonly Row[] = [
  paid('0', 'passed', 'saas', 'list-2018'),
  { ...free('400101', 'ticket-refused', 'saas', 'list-2018', 'common-errors'), named: 'malformed-call' },
  free('400102', 'ticket-refused', 'saas', 'list-2018'),
  free('400103', 'permission', 'saas', 'list-2018'),
  free('400104', 'permission', 'saas', 'list-2018', 'ocr-sdk'),
  free('400105', 'permission', 'ocr-sdk'),
  free('400501', 'throttled', 'ocr-sdk'),
  free('400502', 'version-refused', 'saas', 'list-2018'),
  unsure('400503', 'sdk-only', 'ocr-sdk'),
  free('400504', 'throttled', 'saas', 'list-2018'),
  free('400506', 'throttled', 'saas'),
  free('400601', 'media-too-large', 'saas', 'list-2018'),
  free('400603', 'video-unusable', 'saas'),
  free('400604', 'spoof-suspected', 'saas', 'face-record-page'),
  unsure('300101', 'sdk-only', 'app-sdk'),
];

/** Availability: all but the throttle leave open whether the call was executed and charged. */
export const transport: readonly Row[] = [
  unsure('999993', 'upstream-timeout', 'saas', 'ocr-sdk'),
  unsure('999997', 'upstream-timeout', 'saas', 'ocr-sdk'),
  unsure('999998', 'upstream-timeout', 'saas', 'ocr-sdk'),
  unsure('999999', 'upstream-timeout', 'saas', 'ocr-sdk'),
  free('999995', 'throttled', 'saas'),
  unsure('999996', 'upstream-maintenance', 'saas'),
];

/** Codes about app id, contract and call, for every operation. */
export const account: readonly Row[] = [
  free('66660001', 'app-id-unknown', 'saas', 'list-2018'),
  free('66660002', 'contract-ended', 'saas', 'list-2018'),
  free('66660003', 'quota-used-up', 'saas'),
  free('66660030', 'service-not-contracted', 'saas', 'list-2018'),
  free('66660012', 'throttled', 'saas', 'list-history'),
  unsure('66660008', 'upstream-error', 'saas', 'list-history'),
  unsure('66660009', 'upstream-error', 'saas', 'list-history'),
  unsure('66660021', 'upstream-timeout', 'saas', 'list-2018'),
  free('66660013', 'malformed-call', 'saas'),
  free('66660000', 'malformed-call', 'saas', 'bankcard-page'),
];

/**
 * Known from one client only, unconfirmed by any upstream page and at odds with the official list: never acted upon.
 */
export const newerFrontUncertain: readonly Row[] = [
  '1101',
  '1102',
  '1103',
  '1104',
  '1106',
  '1107',
  '1502',
  '1503',
  '1505',
  '1506',
  '1507',
  '1601',
  '1602',
  '1603',
  '1606',
  '1607',
  '400106',
  '400505',
  '400602',
  '66660048',
  '66660078',
  '66661013',
  '66661014',
  '66661016',
  '66661018',
  '66661019',
  '66661020',
  '66661021',
  '66661022',
  '66661023',
].map((code) => unsure(code, 'unproven', 'ekyc-client'));
