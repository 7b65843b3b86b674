import { v2 } from '../envelope.ts';
import { driverLicenseFields } from '../fields/documents.ts';
import { limit } from '../fields/limits.ts';
import { businessScene, optional, photo } from '../fields/request.ts';
import { operation } from '../operation.ts';

/** driverlicenseupload (specification 6.11). */
export const driverLicenseOcr = operation({
  name: 'driver-license-ocr',
  summary: 'Read the main page of a driving licence',
  route: 'POST /v1/ocr/driver-license',
  upstream: 'POST /api/v2/ocrpaas/driverlicenseupload',
  family: 'license',
  order: { kind: 'creates', query: 'driver-license-result', notFoundProves: 'always' },
  request: { photo, businessScene: optional(businessScene) },
  result: driverLicenseFields,
  outcome: 'read',
  limits: { photo: limit.picture3M },
  wire: {
    alias: { photo: 'imageStr' },
    appId: { tencentcloud: ['webankAppId'], kyc1: ['webankAppId'] },
    evidence: { webank: 'documents', tencentcloud: 'client' },
  },
  envelope: v2,
});
