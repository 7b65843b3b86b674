/** Verifications that something befalls: which steps, in which plans, and what must hold of them however it went. */

import { expect } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { removeMedia } from '../../../lib/media/staged.ts';
import { type StepName, steps } from '../../../lib/verifications/checks.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import { createVerifier, filesOf, type unseen, type Verified, type Wanted } from '../../support/verification.ts';
import type { Around } from '../../support/verification-run.ts';
import { createWorld } from '../../support/world.ts';

/** The operation of a step. */
export const operationOf = (name: StepName): string => steps.find((step) => step.name === name)!.operation.name;

/** Steps that run together. */
export const documents = steps.filter(({ phase }) => phase === 'documents').map(({ name }) => name);
/** A plan with every document. */
export const everyDocument = {
  portrait: {},
  emblem: {},
  bankCard: {},
  driverLicense: {},
  vehicle: {},
  supplementary: {},
};
/** Steps, what they are called together, and a plan with them. */
export type Group = readonly [what: string, struck: readonly StepName[], wanted: Wanted];
/** The documents. */
export const ofDocuments: Group = ['every document', documents, { ...everyDocument, face: {} }];
/** The faces. */
export const ofFaces: readonly Group[] = [
  ['face', ['face'], { bankCard: {}, face: {}, video: {} }],
  ['liveness', ['liveness'], { bankCard: {}, video: {} }],
];
/** The ways to a consent. */
export const ofConsent: readonly Group[] = [
  ['consent-record', ['consent-record'], { agreement: {}, bankCard: {}, face: {} }],
  ['consent-check', ['consent-check'], { consent: {}, bankCard: {}, face: {} }],
];
/** All of them. */
export const groups: readonly Group[] = [...ofConsent, ofDocuments, ...ofFaces];
/** A plan of three checks. */
export const usual = ofFaces[0]![2];

/** Whether nothing was done but the first step. */
export const allSkipped = ({ view }: Verified): boolean =>
  view.steps.slice(1).every(({ status }) => status === 'skipped');
const endOf = ({ view }: Verified, name: StepName) => view.steps.find(({ step }) => step === name)!;
/** How some steps ended. */
export const endsOf = (verified: Verified, struck: readonly StepName[]) => struck.map((name) => endOf(verified, name));
/** Whether every other step succeeded. */
export const othersSucceeded = ({ view }: Verified, struck: readonly StepName[]): boolean =>
  view.steps.every(({ step, status }) => struck.includes(step) || status === 'succeeded');
/** The same for each of some steps. */
export const each = <T>(struck: readonly StepName[], value: T): T[] => struck.map(() => value);

/** A world of verifications of which one step and one after it are enough. */
export async function createStruckWorld() {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  const world = await createWorld({
    policy: { approval: { ...approval, requires: [] } },
    // Many minutes pass here; test/lib/verifications/outcomes.test.ts and others have the embedded database.
    database: inMemory().client,
  });
  const verifier = createVerifier(world);

  /** Nothing twice, and nothing personal where it must not be; however it went. */
  function soundly({ view, run, id }: Verified): void {
    expect([run.outcome.status, view.status]).toEqual(['SUCCEEDED', 'completed']);
    const { orders, refused } = world.simulator.books();
    expect(
      Object.values(orders)
        .flatMap(Object.values)
        .filter(({ calls }) => calls > 1),
    ).toEqual([]);
    expect(JSON.stringify(refused)).not.toContain('66660000');
    for (const step of view.steps) {
      if (step.status === 'skipped') expect([step.step, verifier.bought(step)]).toEqual([step.step, 0]);
    }
    expect(verifier.told(id).length).toBeGreaterThan(0);
  }

  async function verify(wanted: Wanted, around?: Around, more: object = {}, person?: typeof unseen) {
    const plan = await verifier.plan(wanted, { ...more }, person);
    const before = world.calls().length;
    const verified = await verifier.verify(plan, around);
    soundly(verified);
    const { verdict } = verified.decision;
    expect(verifier.left(plan)).toBe(verdict === 'review' ? filesOf(plan).length : 0);
    // What is kept for a person would be looked at every minute of the tests to come.
    await removeMedia(world.context.staging, filesOf(plan), 'never');
    return { ...verified, plan, calls: verifier.callsSince(before) };
  }

  /** How often the upstream worked on the order of each of some steps. */
  const boughtOf = (verified: Verified, struck: readonly StepName[]): number[] =>
    endsOf(verified, struck).map((step) => verifier.bought(step));

  return { world, verifier, soundly, verify, boughtOf };
}

/** A world as `createStruckWorld` makes it. */
export type StruckWorld = Awaited<ReturnType<typeof createStruckWorld>>;
