import { operationHandler } from '../lib/http/handler.ts';
import { faceCompare } from '../lib/operations/face-compare.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(faceCompare);
