import { v2 } from '../envelope.ts';
import { originalImage, recognizedAt, vehicleLicenseFields } from '../fields/documents.ts';
import { files, optional } from '../fields/request.ts';
import { operation } from '../operation.ts';

/** queryvehiclelicenseocrresult (specification 6.14). */
export const vehicleLicenseResult = operation({
  name: 'vehicle-license-result',
  summary: 'Read the result of a vehicle licence order again',
  route: 'GET /v1/ocr/vehicle-license/{orderNo}',
  upstream: 'POST /api/v2/ocrbase/queryvehiclelicenseocrresult',
  family: 'license-query',
  order: { kind: 'reads', of: 'vehicle-license-ocr' },
  request: { files: optional(files) },
  result: { ...vehicleLicenseFields, recognizedAt, images: originalImage },
  outcome: 'read',
  wire: { appId: { tencentcloud: ['webankAppId'], kyc1: ['webankAppId'] }, evidence: { webank: 'documents' } },
  envelope: v2,
});
