import { operationHandler } from '../lib/http/handler.ts';
import { driverLicenseOcr } from '../lib/operations/driver-license-ocr.ts';
import { driverLicenseResult } from '../lib/operations/driver-license-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(driverLicenseOcr, driverLicenseResult);
