import { v2 } from '../envelope.ts';
import { vehicleLicenseFields } from '../fields/documents.ts';
import { limit } from '../fields/limits.ts';
import { businessScene, licenseSide, optional, photo } from '../fields/request.ts';
import { operation } from '../operation.ts';

/** vehiclelicenseupload (specification 6.13). Only a newer client tells the page; the manual of 2018 has no such field. */
export const vehicleLicenseOcr = operation({
  name: 'vehicle-license-ocr',
  summary: 'Read a page of a vehicle licence',
  route: 'POST /v1/ocr/vehicle-license',
  upstream: 'POST /api/v2/ocrpaas/vehiclelicenseupload',
  family: 'license',
  order: { kind: 'creates', query: 'vehicle-license-result', notFoundProves: 'always' },
  request: { photo, businessScene: optional(businessScene), side: optional(licenseSide) },
  result: vehicleLicenseFields,
  outcome: 'read',
  limits: { photo: limit.picture3M },
  wire: {
    alias: { photo: 'imageStr' },
    appId: { tencentcloud: ['webankAppId'], kyc1: ['webankAppId'] },
    absent: { webank: ['side'] },
    evidence: { webank: 'documents', tencentcloud: 'client' },
  },
  envelope: v2,
});
