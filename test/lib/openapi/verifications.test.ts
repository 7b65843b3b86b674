import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { profileNames, requiredFields } from '../../../lib/openapi/request-schema.ts';
import { componentName } from '../../../lib/openapi/schema.ts';
import { showRoute, startRoute } from '../../../lib/openapi/verification-calls.ts';
import {
  type ExamplePlan,
  exampleDecision,
  examplePlans,
  exampleStart,
  exampleVerification,
} from '../../../lib/openapi/verification-examples.ts';
import { type CheckName, checks, stepNamed, steps } from '../../../lib/verifications/checks.ts';
import { decide, policyVersion } from '../../../lib/verifications/decide.ts';
import * as handlers from '../../../lib/verifications/handlers.ts';
import { readPlan } from '../../../lib/verifications/plan.ts';
import { plannedSteps } from '../../../lib/verifications/planned.ts';
import type { StepView, VerificationView } from '../../../lib/verifications/view.ts';
import { runVerification } from '../../support/verification-run.ts';
import { createWorld, marked, media, person, type World } from '../../support/world.ts';
import { about } from '../verifications/facts.ts';
import { component, document, faults } from './ajv.ts';

const plans = Object.entries<ExamplePlan>(examplePlans);
const problemsIn = (route: string): string[] => {
  const [method, path] = route.split(' ') as [string, string];
  const { responses } = document.paths[path]![method.toLowerCase()] as { responses: Record<string, { $ref?: string }> };
  return Object.values(responses).flatMap(({ $ref = '' }) => $ref.split('/').at(-1)!.split('.'));
};

/** A view, and in it each result under the schema of its own operation. */
function faultsOf(view: VerificationView): string[] {
  const results = view.steps.flatMap(({ step, result }) =>
    result ? [faults(componentName(stepNamed(step)!.operation.name, 'Result'), result)] : [],
  );
  return [faults('Verification', view), ...results].filter(Boolean);
}

describe('the calls around verifications', () => {
  it('are the routes of the handlers', () => {
    expect([startRoute, showRoute]).toEqual([handlers.startRoute, handlers.showRoute]);
    expect(document.paths['/v1/verifications']?.post).toMatchObject({
      operationId: 'start-verification',
      responses: { 202: { headers: { 'Idempotent-Replayed': {} } } },
    });
  });

  it('name the problems of their own', () => {
    expect(problemsIn(startRoute)).toEqual(
      expect.arrayContaining(['verification-payload-mismatch', 'media-used', 'media-invalid', 'media-unavailable']),
    );
    expect(problemsIn(startRoute)).not.toContain('not-found');
    expect(problemsIn(showRoute)).toEqual(expect.arrayContaining(['not-found', 'result-expired']));
    expect(
      [...problemsIn(startRoute), ...problemsIn(showRoute)].filter((slug) => /^upstream|^order/.test(slug)),
    ).toEqual([]);
  });
});

describe('the examples', () => {
  it.each(plans)('%s is a plan', (_, plan) => {
    expect(faults('VerificationPlan', plan)).toBe('');
    for (const profile of profileNames) {
      // The manual of 2018 knows the main page of a vehicle licence only.
      const absent = profile === 'webank' && plan.checks.vehicleLicense;
      expect(readPlan(plan, profile)).toEqual(
        absent
          ? [{ pointer: '/checks/vehicleLicense/supplementary', rule: 'not-in-profile' }]
          : expect.objectContaining({ checks: plan.checks }),
      );
    }
  });

  it('complete has every field of every check', () => {
    const { checks: given } = examplePlans.complete as ExamplePlan;
    for (const [name, { fields }] of Object.entries(checks)) {
      expect(Object.keys(given[name as CheckName] ?? {}), name).toEqual(Object.keys(fields));
    }
    expect(plannedSteps(given).map(({ name }) => name)).toEqual(
      steps.map(({ name }) => name).filter((name) => name !== 'consent-check'),
    );
  });

  it.each([
    ['started', exampleStart],
    ['completed', exampleVerification(false)],
    ['with results', exampleVerification(true)],
  ])('%s is what a caller can see', (_, view) => {
    expect(faultsOf(view)).toEqual([]);
  });

  it('have the decision that their results lead to', () => {
    const facts = exampleVerification(true).steps.map(({ step, outcome, reason, result }) => ({
      step,
      status: 'succeeded' as const,
      outcome,
      reason,
      result: result ?? null,
    }));
    const { similarity, approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
    const policy = { similarity, ...approval };
    expect(decide(facts, { ...about, policy, subjectGiven: false })).toEqual(exampleDecision);
    // The guide shows what the local stage answers.
    expect(readFileSync('docs/verifications.md', 'utf8')).toContain(`"policyVersion": "${policyVersion(policy)}"`);
  });
});

describe('what verifications really are', () => {
  let world: World;
  const views: [string, VerificationView][] = [];
  const stage = (file: { readonly base64: string }, type?: string) =>
    world.stage(Buffer.from(file.base64, 'base64'), type);

  async function seen(plan: ExamplePlan & { readonly verificationId: string }): Promise<void> {
    expect(faults('VerificationPlan', plan)).toBe('');
    const { status, body } = await world.start(plan);
    views.push([`${plan.verificationId} after its start`, body]);
    expect(status).toBe(202);
    await runVerification(world, plan.verificationId);
    views.push([plan.verificationId, (await world.verification(plan.verificationId)).body]);
    views.push([
      `${plan.verificationId} with results`,
      (await world.verification(plan.verificationId, { results: 'true' })).body,
    ]);
  }

  beforeAll(async () => {
    world = await createWorld({
      policy: {
        approval: { requires: ['consent', 'idCard', ['face', 'liveness']], warnings: { review: [], decline: [] } },
      },
    });
    const photo = () => stage(media.photo!);
    await seen({
      verificationId: 'whole1',
      subject: person,
      checks: {
        consent: { agreement: await stage(media.agreement!, 'application/pdf') },
        idCard: { portrait: await photo(), emblem: await photo() },
        face: { photo: await photo() },
        vehicleLicense: { main: await photo(), supplementary: await photo() },
      },
    });
    await seen({
      verificationId: 'more1',
      continues: 'whole1',
      checks: { bankCard: { photo: await photo() }, driverLicense: { photo: await photo() } },
    });
    world.simulator.configure({ faults: [{ kind: 'silence', path: '/api/paas/easyface', times: 1 }] });
    await seen({ verificationId: 'open1', subject: person, checks: { face: { photo: await photo() } } });
    const refused = await stage(marked('code=66660042'));
    await seen({ verificationId: 'refused1', checks: { bankCard: { photo: refused } } });
    await seen({
      verificationId: 'nobody1',
      subject: { userId: 'nobody1' },
      checks: { consent: {}, bankCard: { photo: await photo() } },
    });
  });
  afterAll(() => world.stop());

  it('fits the schemas', () => {
    expect(views).toHaveLength(15);
    for (const [what, view] of views) expect(faultsOf(view), what).toEqual([]);
  });

  it('shows what was taken over first, in the order of execution', () => {
    const [, view] = views.find(([what]) => what === 'more1 after its start')!;
    expect(view.steps.map(({ step }) => step)).toEqual([
      'consent-record',
      'id-card-portrait',
      'id-card-emblem',
      'vehicle-license-main',
      'vehicle-license-supplementary',
      'face',
      'bank-card',
      'driver-license',
    ]);
  });

  it('shows steps of many kinds, or this would say little', () => {
    const all = views.flatMap(([, { steps: shown }]) => shown as StepView[]);
    expect(new Set(all.map(({ status }) => status))).toEqual(
      new Set(['pending', 'succeeded', 'unknown', 'rejected', 'skipped']),
    );
    expect(new Set(views.map(([, { decision }]) => decision?.verdict))).toEqual(
      new Set([undefined, 'approved', 'review', 'declined']),
    );
    expect(all.filter(({ result }) => result).length).toBeGreaterThan(10);
  });
});

describe('the schema of plans', () => {
  const id = 'specimen000000000000000000000001';
  const usually = <T>(one: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: one, weight: 30 }, { arbitrary: other, weight: 1 });
  const wrong = fc.constantFrom<unknown>(
    null,
    7,
    '',
    {},
    [],
    { base64: '/9j/4AAQ' },
    { mediaId: 'short' },
    { mediaId: id, x: 1 },
    ' a',
    'ä',
  );
  const mostly = <T>(right: fc.Arbitrary<T>) => usually(right as fc.Arbitrary<unknown>, wrong);
  const stray = usually(fc.constant({}), fc.constant({ zone: 1 }));
  const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    name: usually(
      fc.constantFrom('样本甲', '样'.repeat(20), '样本·甲'),
      fc.constantFrom('样', '样'.repeat(21), ' 样本'),
    ),
    idNo: usually(
      fc.constantFrom('990101199001010019', '99010119900101006X', '99010119900101006x'),
      fc.constant('9901'),
    ),
    id: usually(fc.constantFrom('a', 'A'.repeat(32)), fc.constantFrom('A'.repeat(33), 'a-b')),
  };
  type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;
  const some = (fields: Fields, required: readonly string[] = []) =>
    fc
      .tuple(
        usually(fc.record(fields, { requiredKeys: [...required] }), fc.record(fields, { requiredKeys: [] })),
        stray,
      )
      .map(([one, other]) => ({ ...one, ...other }));
  const check = (name: CheckName) => {
    const { fields } = checks[name];
    const arbitraries = Object.entries(fields).map(([field, { kind, sample }]) => [
      field,
      mostly(kind === 'media' ? fc.constant({ mediaId: id }) : kind === 'text' ? values.id! : fc.constant(sample)),
    ]);
    return some(Object.fromEntries(arbitraries), requiredFields({ request: fields }));
  };
  const plan = fc
    .tuple(
      fc.record(
        {
          verificationId: mostly(values.id!),
          continues: mostly(values.id!),
          subject: mostly(some({ name: mostly(values.name!), idNo: mostly(values.idNo!), userId: mostly(values.id!) })),
          checks: mostly(
            some(Object.fromEntries((Object.keys(checks) as CheckName[]).map((name) => [name, mostly(check(name))]))),
          ),
        },
        { requiredKeys: ['checks'] },
      ),
      stray,
    )
    .map(([one, other]) => ({ ...one, ...other }));

  it('takes what readPlan takes, and nothing else', () => {
    const fits = component('VerificationPlan');
    let right = 0;
    fc.assert(
      fc.property(plan, (given) => {
        const accepted = 'checks' in readPlan(given, 'tencentcloud');
        right += accepted ? 1 : 0;
        expect(fits(given)).toBe(accepted);
      }),
      { numRuns: 1000 },
    );
    // Both kinds were there.
    expect(right).toBeGreaterThan(50);
    expect(right).toBeLessThan(900);
  });

  it.each([[null], [[]], ['plan'], [{}], [{ checks: null }], [{ checks: {} }]])(
    'refuses %j as readPlan does',
    (given) => {
      expect(faults('VerificationPlan', given)).not.toBe('');
      expect(readPlan(given, 'tencentcloud')).toHaveProperty('length');
    },
  );
});
