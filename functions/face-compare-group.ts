import { operationHandler } from '../lib/http/handler.ts';
import { faceCompareGroup } from '../lib/operations/face-compare-group.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(faceCompareGroup);
