import { operationHandler } from '../lib/http/handler.ts';
import { vehicleLicenseOcr } from '../lib/operations/vehicle-license-ocr.ts';
import { vehicleLicenseResult } from '../lib/operations/vehicle-license-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(vehicleLicenseOcr, vehicleLicenseResult);
