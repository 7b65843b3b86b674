import { v2 } from '../envelope.ts';
import { driverLicenseFields, originalImage, recognizedAt } from '../fields/documents.ts';
import { files, optional } from '../fields/request.ts';
import { operation } from '../operation.ts';

/** querydriverlicenseocrresult (specification 6.12). */
export const driverLicenseResult = operation({
  name: 'driver-license-result',
  summary: 'Read the result of a driving licence order again',
  route: 'GET /v1/ocr/driver-license/{orderNo}',
  upstream: 'POST /api/v2/ocrbase/querydriverlicenseocrresult',
  family: 'license-query',
  order: { kind: 'reads', of: 'driver-license-ocr' },
  request: { files: optional(files) },
  result: { ...driverLicenseFields, recognizedAt, images: originalImage },
  outcome: 'read',
  wire: { appId: { tencentcloud: ['webankAppId'], kyc1: ['webankAppId'] }, evidence: { webank: 'documents' } },
  envelope: v2,
});
