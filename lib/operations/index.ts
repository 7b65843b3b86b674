/** The registry: every operation, in the order of the docs. The only list of them. */
import type { Operation } from '../operation.ts';
import { bankCardOcr } from './bank-card-ocr.ts';
import { bankCardResult } from './bank-card-result.ts';
import { consentCheck } from './consent-check.ts';
import { consentRecord } from './consent-record.ts';
import { driverLicenseOcr } from './driver-license-ocr.ts';
import { driverLicenseResult } from './driver-license-result.ts';
import { faceCompare } from './face-compare.ts';
import { faceCompareGroup } from './face-compare-group.ts';
import { faceVerify } from './face-verify.ts';
import { idCardOcr } from './id-card-ocr.ts';
import { idCardResult } from './id-card-result.ts';
import { livenessChallenge } from './liveness-challenge.ts';
import { livenessVerify } from './liveness-verify.ts';
import { vehicleLicenseOcr } from './vehicle-license-ocr.ts';
import { vehicleLicenseResult } from './vehicle-license-result.ts';
import { videoBestPhotos } from './video-best-photos.ts';

/** Every operation. */
export const operations: readonly Operation[] = [
  faceVerify,
  faceCompare,
  faceCompareGroup,
  livenessChallenge,
  livenessVerify,
  videoBestPhotos,
  consentRecord,
  consentCheck,
  idCardOcr,
  bankCardOcr,
  driverLicenseOcr,
  vehicleLicenseOcr,
  idCardResult,
  bankCardResult,
  driverLicenseResult,
  vehicleLicenseResult,
];
