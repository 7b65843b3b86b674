import { operationHandler } from '../lib/http/handler.ts';
import { faceVerify } from '../lib/operations/face-verify.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(faceVerify);
