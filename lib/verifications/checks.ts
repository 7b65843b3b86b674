/**
 * What a verification can check, and which steps that takes. One step is one operation; the only place outside the
 * registry that names operations. Everything about a step is a value here: what plans it, what it sends, what its
 * result is judged by.
 */
import {
  agreement,
  optional,
  orderNo,
  photo,
  photoType,
  sourcePhoto,
  sourcePhotoType,
  video,
} from '../fields/request.ts';
import { bankCardOcr } from '../operations/bank-card-ocr.ts';
import { consentCheck } from '../operations/consent-check.ts';
import { consentRecord } from '../operations/consent-record.ts';
import { driverLicenseOcr } from '../operations/driver-license-ocr.ts';
import { faceCompare } from '../operations/face-compare.ts';
import { faceVerify } from '../operations/face-verify.ts';
import { idCardOcr } from '../operations/id-card-ocr.ts';
import { livenessVerify } from '../operations/liveness-verify.ts';
import { vehicleLicenseOcr } from '../operations/vehicle-license-ocr.ts';
import type { Check, CheckName, Judged, Phase, Step, StepName, SubjectField } from './step.ts';

export type { Check, CheckName, Judged, Phase, Step, StepName, SubjectField };

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

const person = ['name', 'idNo'] as const;
const everything = [...person, 'userId'] as const;

/** Every check by its name in a plan (design, section 8). */
export const checks: Readonly<Record<CheckName, Check>> = frozen({
  consent: {
    meaning: "The person's consent: recorded when there is an agreement, else asked for",
    fields: { agreement: optional(agreement) },
    subject: { oneOf: [['userId'], person], fromCard: false },
  },
  idCard: {
    meaning: 'Both sides of the ID card',
    fields: {
      portrait: optional({ ...photo, meaning: 'Photo of the portrait side' }),
      emblem: optional({ ...photo, meaning: 'Photo of the emblem side' }),
    },
    needs: { oneOf: [['portrait'], ['emblem']] },
  },
  face: {
    meaning: "A photo of the person against the authority's, or against one of your own where the authority has none",
    fields: {
      photo,
      photoType: optional(photoType),
      fallbackPhoto: optional({
        ...sourcePhoto,
        meaning: 'The trusted photo to compare with where the authority has none',
      }),
      fallbackPhotoType: optional(sourcePhotoType),
    },
    needs: { with: { fallbackPhoto: 'fallbackPhotoType', fallbackPhotoType: 'fallbackPhoto' } },
    subject: { oneOf: [person], fromCard: true },
  },
  liveness: {
    meaning: 'The video of the person who reads the digits of a challenge',
    fields: {
      orderNo: { ...orderNo, meaning: 'Number of the order that answered the digits' },
      video,
      sourcePhoto: optional(sourcePhoto),
      sourcePhotoType: optional(sourcePhotoType),
    },
    needs: { with: { sourcePhoto: 'sourcePhotoType', sourcePhotoType: 'sourcePhoto' } },
    subject: { oneOf: [person], fromCard: false },
  },
  bankCard: { meaning: 'A bank card', fields: { photo } },
  driverLicense: {
    meaning: 'The main page of a driving licence',
    fields: { photo },
    subject: { oneOf: [person], fromCard: true },
  },
  vehicleLicense: {
    meaning: 'The main page of a vehicle licence, and its supplementary page',
    fields: {
      main: { ...photo, meaning: 'Photo of the main page' },
      supplementary: optional({ ...photo, meaning: 'Photo of the supplementary page' }),
    },
    subject: { oneOf: [person], fromCard: true },
  },
});

/** Every step, in the order of execution. */
export const steps: readonly Step[] = frozen<Step[]>([
  {
    name: 'consent-record',
    check: 'consent',
    phase: 'consent',
    operation: consentRecord,
    plannedBy: { given: 'agreement' },
    fields: { agreement: 'agreement' },
    subject: everything,
    judged: { as: 'consent' },
  },
  {
    name: 'consent-check',
    check: 'consent',
    phase: 'consent',
    operation: consentCheck,
    plannedBy: { missing: 'agreement' },
    fields: {},
    subject: everything,
    judged: { as: 'consent', name: 'name', idNo: 'idNo' },
  },
  {
    name: 'id-card-portrait',
    check: 'idCard',
    phase: 'documents',
    operation: idCardOcr,
    plannedBy: { given: 'portrait' },
    constants: { side: 'portrait' },
    fields: { photo: 'portrait' },
    subject: [],
    judged: {
      as: 'document',
      group: 'portrait',
      name: 'name',
      idNo: 'idNo',
      otherSide: 'id-card-emblem',
      isSubject: true,
    },
  },
  {
    name: 'id-card-emblem',
    check: 'idCard',
    phase: 'documents',
    operation: idCardOcr,
    plannedBy: { given: 'emblem' },
    constants: { side: 'emblem' },
    fields: { photo: 'emblem' },
    subject: [],
    judged: {
      as: 'document',
      group: 'emblem',
      from: 'validFrom',
      until: { field: 'validUntil', openEnd: 'longTerm' },
      otherSide: 'id-card-portrait',
    },
  },
  {
    name: 'bank-card',
    check: 'bankCard',
    phase: 'documents',
    operation: bankCardOcr,
    plannedBy: { given: 'photo' },
    fields: { photo: 'photo' },
    subject: [],
    judged: { as: 'document', number: 'cardNo', until: { field: 'validThru', mayBeMissing: true } },
  },
  {
    name: 'driver-license',
    check: 'driverLicense',
    phase: 'documents',
    operation: driverLicenseOcr,
    plannedBy: { given: 'photo' },
    fields: { photo: 'photo' },
    subject: [],
    // The number of a driving licence is the ID number of its holder.
    judged: {
      as: 'document',
      name: 'name',
      idNo: 'licenseNo',
      from: 'validFrom',
      until: { field: 'validUntil' },
    },
  },
  {
    name: 'vehicle-license-main',
    check: 'vehicleLicense',
    phase: 'documents',
    operation: vehicleLicenseOcr,
    plannedBy: { given: 'main' },
    constants: { side: 'main' },
    // The manual without the field knows the main page only.
    assumed: ['side'],
    fields: { photo: 'main' },
    subject: [],
    judged: { as: 'document', owner: 'owner' },
  },
  {
    name: 'vehicle-license-supplementary',
    check: 'vehicleLicense',
    phase: 'documents',
    operation: vehicleLicenseOcr,
    plannedBy: { given: 'supplementary' },
    constants: { side: 'supplementary' },
    fields: { photo: 'supplementary' },
    subject: [],
    // The owner stands on the main page only.
    judged: { as: 'document' },
  },
  {
    name: 'face',
    check: 'face',
    phase: 'face',
    operation: faceVerify,
    plannedBy: { given: 'photo' },
    fields: { photo: 'photo', photoType: 'photoType' },
    subject: everything,
    judged: { as: 'face' },
  },
  {
    name: 'face-fallback',
    check: 'face',
    phase: 'face',
    operation: faceCompare,
    plannedBy: { given: 'fallbackPhoto' },
    after: { step: 'face', outcome: 'no-reference' },
    fields: { photo: 'photo', sourcePhoto: 'fallbackPhoto', sourcePhotoType: 'fallbackPhotoType' },
    subject: everything,
    judged: { as: 'face' },
  },
  {
    name: 'liveness',
    check: 'liveness',
    phase: 'liveness',
    operation: livenessVerify,
    plannedBy: { given: 'video' },
    fields: { orderNo: 'orderNo', video: 'video', sourcePhoto: 'sourcePhoto', sourcePhotoType: 'sourcePhotoType' },
    subject: everything,
    judged: { as: 'face', livenessScore: 'livenessScore' },
  },
]);

const byName: ReadonlyMap<string, Step> = new Map(steps.map((step) => [step.name, step]));

/** A step by its name; undefined when there is none. */
export const stepNamed = (name: string): Step | undefined => byName.get(name);

/** The name of a step's state: `IdCardPortrait` of `id-card-portrait`. */
export const stateName = (step: StepName): string =>
  step.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
