import { operationHandler } from '../lib/http/handler.ts';
import { vehicleLicenseResult } from '../lib/operations/vehicle-license-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(vehicleLicenseResult);
