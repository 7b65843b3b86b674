import { describe, expect, it } from 'vitest';
import type { ResultFields } from '../../../lib/fields/result.ts';
import { operations } from '../../../lib/operations/index.ts';
import {
  type CheckName,
  checks,
  type Judged,
  type Step,
  stateName,
  stepNamed,
  steps,
} from '../../../lib/verifications/checks.ts';
import { absentFields, constantsOn, plannedSteps } from '../../../lib/verifications/planned.ts';
import { profileNames } from '../request/inputs.ts';

// Design, section 8: order, check and operation of each step.
const documented = [
  ['consent-record', 'ConsentRecord', 'consent', 'consent', 'consent-record'],
  ['consent-check', 'ConsentCheck', 'consent', 'consent', 'consent-check'],
  ['id-card-portrait', 'IdCardPortrait', 'documents', 'idCard', 'id-card-ocr'],
  ['id-card-emblem', 'IdCardEmblem', 'documents', 'idCard', 'id-card-ocr'],
  ['bank-card', 'BankCard', 'documents', 'bankCard', 'bank-card-ocr'],
  ['driver-license', 'DriverLicense', 'documents', 'driverLicense', 'driver-license-ocr'],
  ['vehicle-license-main', 'VehicleLicenseMain', 'documents', 'vehicleLicense', 'vehicle-license-ocr'],
  [
    'vehicle-license-supplementary',
    'VehicleLicenseSupplementary',
    'documents',
    'vehicleLicense',
    'vehicle-license-ocr',
  ],
  ['face', 'Face', 'face', 'face', 'face-verify'],
  ['face-fallback', 'FaceFallback', 'face', 'face', 'face-compare'],
  ['liveness', 'Liveness', 'liveness', 'liveness', 'liveness-verify'],
];

const nobody: object = Object.freeze({});
const media = { mediaId: 'a'.repeat(32) };
const planned = (plan: Partial<Record<CheckName, object>>): string[] => plannedSteps(plan).map(({ name }) => name);

/** The fields of a result that a step's judgement may name. */
function resultFields({ operation, judged }: Step): ResultFields {
  if (judged.as !== 'document' || judged.group === undefined) return operation.result;
  const group = operation.result[judged.group];
  return group?.kind === 'group' ? group.fields : expect.fail(`no group ${judged.group}`);
}

describe('the steps', () => {
  it('are those of the design, in the order of execution', () => {
    const declared = steps.map((step) => [
      step.name,
      stateName(step.name),
      step.phase,
      step.check,
      step.operation.name,
    ]);
    expect(declared).toEqual(documented);
  });

  it('are found by name', () => {
    for (const step of steps) expect(stepNamed(step.name)).toBe(step);
    expect(stepNamed('toString')).toBeUndefined();
  });

  it('are frozen, and so are the checks', () => {
    for (const value of [steps, checks, ...steps, ...Object.values(checks)]) {
      expect(Object.isFrozen(value)).toBe(true);
      for (const part of Object.values(value)) expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe.each(steps)('$name', (step) => {
  const { operation, check, fields, constants = nobody, subject, judged, plannedBy } = step;
  const declared = checks[check].fields;

  it('uses an operation of the registry', () => {
    expect(operations).toContain(operation);
  });

  it('sends fields that its operation has, each once', () => {
    const sent = [...Object.keys(fields), ...Object.keys(constants), ...subject];
    expect(new Set(sent).size).toBe(sent.length);
    for (const name of sent) expect(operation.request).toHaveProperty(name);
  });

  it('sends every field that its operation requires', () => {
    const required = Object.entries(operation.request).flatMap(([name, field]) => ('optional' in field ? [] : [name]));
    const sure = Object.entries(fields)
      .filter(([, from]) => !('optional' in declared[from]!) || ('given' in plannedBy && plannedBy.given === from))
      .map(([name]) => name);
    // A pair that the check wants together.
    const paired = sure.flatMap((name) => {
      const other = checks[check].needs?.with?.[fields[name]!];
      return Object.entries(fields).flatMap(([name2, from]) => (from === other ? [name2] : []));
    });
    const known = checks[check].subject?.oneOf.length === 1 ? checks[check].subject.oneOf[0]! : [];
    const sent: string[] = [...sure, ...paired, ...Object.keys(constants), ...known];
    expect(required.filter((name) => !sent.includes(name))).toEqual([]);
  });

  it('takes each field from one of the same kind and choices', () => {
    for (const [name, from] of Object.entries(fields)) {
      const { kind, wire: _wire, ...target } = operation.request[name]!;
      const source = declared[from]!;
      expect(source.kind).toBe(kind);
      if ('media' in target) expect(source).toMatchObject({ media: target.media });
      if ('values' in target) expect(source).toMatchObject({ values: target.values });
      if ('pattern' in target) expect(source).toMatchObject({ pattern: target.pattern });
    }
  });

  it('sends constants that its operation knows', () => {
    for (const [name, value] of Object.entries(constants)) {
      const field = operation.request[name]!;
      expect(field.kind === 'choice' ? Object.keys(field.values) : []).toContain(value);
    }
  });

  it('is planned by a field of its check', () => {
    expect(declared).toHaveProperty('given' in plannedBy ? plannedBy.given : plannedBy.missing);
  });

  it('is judged by fields of its result', () => {
    const { as: _as, ...named } = judged;
    const {
      group: _group,
      isSubject: _isSubject,
      otherSide,
      until,
      ...texts
    } = { otherSide: undefined, until: undefined, ...named } as Partial<Extract<Judged, { as: 'document' }>>;
    const present = resultFields(step);
    for (const name of [
      ...Object.values(texts),
      ...[until?.field, until?.openEnd].filter((name) => name !== undefined),
    ])
      expect(present).toHaveProperty(name);
    if (otherSide === undefined) return;
    const other = stepNamed(otherSide);
    expect(other?.check).toBe(check);
    expect(other?.judged).toMatchObject({ otherSide: step.name });
  });

  it('can end with the outcomes that it is judged by', () => {
    const positive = { consent: ['recorded', 'authorized'], face: ['match'], document: ['read'] }[judged.as];
    expect(positive).toContain(operation.outcome);
  });

  it('follows an earlier step of its check, if any', () => {
    const { after } = step;
    if (after === undefined) return;
    const earlier = steps.findIndex(({ name }) => name === after.step);
    expect(earlier).toBeGreaterThanOrEqual(0);
    expect(earlier).toBeLessThan(steps.indexOf(step));
    expect(steps[earlier]!.check).toBe(check);
  });
});

describe('the checks', () => {
  it('have the fields of the design', () => {
    const fields = Object.entries(checks).map(([name, check]) => [
      name,
      Object.entries(check.fields).map(([field, declared]) => ('optional' in declared ? `${field}?` : field)),
    ]);
    expect(Object.fromEntries(fields)).toEqual({
      consent: ['agreement?'],
      idCard: ['portrait?', 'emblem?'],
      face: ['photo', 'photoType?', 'fallbackPhoto?', 'fallbackPhotoType?'],
      liveness: ['orderNo', 'video', 'sourcePhoto?', 'sourcePhotoType?'],
      bankCard: ['photo'],
      driverLicense: ['photo'],
      vehicleLicense: ['main', 'supplementary?'],
    });
  });

  it('use each of their fields in some step', () => {
    for (const [name, check] of Object.entries(checks)) {
      const used = steps.filter((step) => step.check === name).flatMap(({ fields }) => Object.values(fields));
      expect(Object.keys(check.fields).filter((field) => !used.includes(field))).toEqual([]);
    }
  });

  it('name fields of their own in their rules', () => {
    for (const { fields, needs } of Object.values(checks)) {
      const named = [...(needs?.oneOf ?? []).flat(), ...Object.entries(needs?.with ?? {}).flat()];
      for (const name of named) expect(fields).toHaveProperty(name);
    }
  });

  it('want of the person what their operations want', () => {
    const wanted = (name: CheckName) => checks[name].subject?.oneOf;
    const consents = operations.filter(({ name }) => name.startsWith('consent-'));
    for (const { needs } of consents) expect(wanted('consent')).toEqual(needs?.oneOf);
    expect(wanted('face')).toEqual([['name', 'idNo']]);
    expect(wanted('liveness')).toEqual([['name', 'idNo']]);
    expect(wanted('idCard')).toBeUndefined();
    expect(wanted('bankCard')).toBeUndefined();
  });

  it('that come before the card, or began before the verification, cannot take the person from it', () => {
    const without = Object.entries(checks).filter(([, { subject }]) => subject?.fromCard === false);
    expect(without.map(([name]) => name)).toEqual(['consent', 'liveness']);
  });
});

describe('a plan', () => {
  it.each<[plan: Partial<Record<CheckName, object>>, expected: string[]]>([
    [{}, []],
    [{ consent: {} }, ['consent-check']],
    [{ consent: { agreement: media } }, ['consent-record']],
    [{ idCard: { emblem: media } }, ['id-card-emblem']],
    [{ idCard: { portrait: media, emblem: media } }, ['id-card-portrait', 'id-card-emblem']],
    [{ face: { photo: media } }, ['face']],
    [{ face: { photo: media, fallbackPhoto: media, fallbackPhotoType: 'hd' } }, ['face', 'face-fallback']],
    [
      { liveness: { orderNo: 'a1', video: media }, face: { photo: media }, bankCard: { photo: media }, consent: {} },
      ['consent-check', 'bank-card', 'face', 'liveness'],
    ],
    [{ driverLicense: { photo: media }, vehicleLicense: { main: media } }, ['driver-license', 'vehicle-license-main']],
    [
      { vehicleLicense: { main: media, supplementary: media } },
      ['vehicle-license-main', 'vehicle-license-supplementary'],
    ],
  ])('of %j runs %j', (plan, expected) => {
    expect(planned(plan)).toEqual(expected);
  });
});

describe('a profile', () => {
  it('without the page of a vehicle licence reads the main page only', () => {
    const main = stepNamed('vehicle-license-main')!;
    expect(constantsOn(main, 'webank')).toEqual({});
    expect(constantsOn(main, 'tencentcloud')).toEqual({ side: 'main' });
    expect(absentFields('vehicleLicense', 'webank')).toEqual(['supplementary']);
    expect(absentFields('vehicleLicense', 'tencentcloud')).toEqual([]);
    expect(absentFields('vehicleLicense', 'kyc1')).toEqual([]);
  });

  it.each(profileNames)('%s: every other field of a check may be planned', (profile) => {
    const names = Object.keys(checks) as CheckName[];
    const absent = names.flatMap((name) => absentFields(name, profile));
    expect(absent).toEqual(profile === 'webank' ? ['supplementary'] : []);
  });

  it.each(profileNames)('%s has every field that a step sends there', (profile) => {
    for (const step of steps) {
      const absent = step.operation.wire.absent?.[profile] ?? [];
      const sent = [...Object.keys(step.fields), ...Object.keys(constantsOn(step, profile)), ...step.subject];
      expect(sent.filter((name) => absent.includes(name))).toEqual([]);
    }
  });
});
