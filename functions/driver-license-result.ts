import { operationHandler } from '../lib/http/handler.ts';
import { driverLicenseResult } from '../lib/operations/driver-license-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(driverLicenseResult);
