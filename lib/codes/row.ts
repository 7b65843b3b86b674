import type { Reason } from './reasons.ts';

/** Whether the upstream charges for an answer; `unknown` where nothing reliable is published. */
export type Billed = 'yes' | 'no' | 'unknown';

/** Where the rows come from. */
export const sources = {
  saas: 'SaaS error-code page, cloud.tencent.com/document/product/1007/47912',
  'list-2018': 'general response-code list of 2018-2019, cloud.tencent.com/document/product/655/13819',
  'list-history':
    'history of that list: cheriezhan/qcloud-documents e9969aea4a8, 312f9a67b1d, a0f1092d776, ba2d79e7d1c',
  'common-errors': 'page on common errors (常用错误处理.md) in tencentyun/qcloud-documents',
  'idcard-page': 'ID-card OCR error page, cloud.tencent.com/document/product/1007/47902',
  'bankcard-page': 'bank-card OCR error page, cloud.tencent.com/document/product/1007/47903',
  'face-record-page': 'page of the operation queryfacerecord',
  'ocr-sdk': 'error constants of the OCR SDK in tencentyun/qcloud-documents',
  'app-sdk': 'error lists of the App SDK on cloud.tencent.com, uncertain',
  'sibling-api': 'retired sibling API of the same engine (唇语活体检测视频身份信息核验.md), for cross-checks only',
  'ekyc-client': 'client code and notes of wefi-ai/eKYC-Suite, 2026, unconfirmed by the upstream',
};

/** A key of `sources`. */
export type Source = keyof typeof sources;

/** One upstream code within its group. `named`: the reason instead, when the message names a parameter. */
export interface Row {
  code: string;
  reason: Reason;
  billed: Billed;
  source: readonly Source[];
  named?: Reason;
}

const billedAs =
  (billed: Billed) =>
  (code: string, reason: Reason, ...source: Source[]): Row => ({ code, reason, billed, source });

/** A code that is charged. */
export const paid = billedAs('yes');
/** A code that is published as free. */
export const free = billedAs('no');
/** A code whose charge is not published, or that may hide an executed call. */
export const unsure = billedAs('unknown');
