import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { objections, pathOf, statuses, unseen } from '../../support/verification.ts';
import { exposed } from '../../support/verification-sinks.ts';
import {
  allSkipped,
  createStruckWorld,
  each,
  endsOf,
  groups,
  ofConsent,
  ofDocuments,
  ofFaces,
  operationOf,
  othersSucceeded,
  type StruckWorld,
} from './struck.ts';

let struckWorld: StruckWorld;
let world: StruckWorld['world'];
let verifier: StruckWorld['verifier'];
const verify: StruckWorld['verify'] = (...given) => struckWorld.verify(...given);
const boughtOf: StruckWorld['boughtOf'] = (...given) => struckWorld.boughtOf(...given);
beforeAll(async () => {
  struckWorld = await createStruckWorld();
  ({ world, verifier } = struckWorld);
});
afterEach(() => {
  world.simulator.configure({ faults: [] });
  world.before = undefined;
});
afterAll(() => world.stop());

const silent = { kind: 'silence', times: 99 } as const;
const failing = { kind: 'status', status: 502, times: 99 } as const;
const faults = [silent, failing] as const;
/** Every call of these operations ends so from now on. */
const strike = (struck: readonly StepName[], fault: (typeof faults)[number], executed = false): void => {
  const paths = [...new Set(struck.map((name) => pathOf(operationOf(name))))];
  world.simulator.configure({ faults: paths.map((path) => ({ ...fault, executed, path })) });
};

describe.each(faults)('an upstream that is struck by $kind', (fault) => {
  it('at every document: the machine waits six minutes for the resolver, then a person looks', async () => {
    const [, struck, wanted] = ofDocuments;
    strike(struck, fault);
    const before = world.clock;
    const verified = await verify(wanted);
    expect(endsOf(verified, struck).map(({ status, billed }) => [status, billed])).toEqual(
      each(struck, ['unknown', 'unknown']),
    );
    expect(objections(verified.decision)).toEqual(struck.map((step) => `order-unresolved ${step} unknown review`));
    expect(verified.calls).toMatchObject({
      'id-card-ocr': 2,
      'bank-card-ocr': 1,
      'driver-license-ocr': 1,
      'vehicle-license-ocr': 2,
    });
    expect(Math.round((world.clock - before) / 60_000)).toBe(6);
    expect(othersSucceeded(verified, struck)).toBe(true);
  });

  it.each(ofFaces)('at %s: a person looks at once', async (name, struck, wanted) => {
    strike(struck, fault);
    const before = world.clock;
    const verified = await verify(wanted);
    expect(objections(verified.decision)).toEqual([`order-unresolved ${name} unknown review`]);
    expect(endsOf(verified, struck)).toMatchObject([{ status: 'unknown', billed: 'unknown' }]);
    expect([verified.calls[operationOf(struck[0]!)], othersSucceeded(verified, struck), world.clock]).toEqual([
      1,
      true,
      before,
    ]);
  });

  it('at the fallback of the face', async () => {
    strike(['face-fallback'], fault);
    const verified = await verify({ face: {}, fallback: {} }, undefined, {}, unseen);
    expect(statuses(verified.view)).toEqual(['face: succeeded no-reference', 'face-fallback: unknown']);
    expect(verified.decision.verdict).toBe('review');
  });

  it.each(ofConsent)('at %s: nothing else is sent', async (name, struck, wanted) => {
    strike(['consent-record', 'consent-check'], fault);
    const verified = await verify(wanted);
    const called = name === 'consent-record' ? [name, 'consent-check'] : [name];
    // The resolver goes on asking about orders of other tests.
    const calls = Object.keys(verified.calls).filter((operation) => !operation.endsWith('-result'));
    expect([verified.decision.verdict, allSkipped(verified), calls]).toEqual(['review', true, called]);
    // One is an order; the other is free, and asked again.
    const [status, billed, rule] =
      name === 'consent-record' ? ['unknown', 'unknown', 'order-unresolved'] : ['incomplete', 'no', 'step-incomplete'];
    expect(endsOf(verified, struck)).toMatchObject([{ status, billed }]);
    expect(objections(verified.decision)).toEqual([
      `${rule} ${name} ${status} review`,
      'step-incomplete bank-card skipped review',
      'step-incomplete face skipped review',
    ]);
    if (name === 'consent-record') expect(verified.calls).toMatchObject({ [name]: 1 });
  });
});

describe('an upstream that answers no connection', () => {
  const refuse = (struck: readonly StepName[], times: number): void => {
    const left = new Map(struck.map((name) => [pathOf(operationOf(name)), times]));
    world.before = ({ path: whole }) => {
      const [path] = whole.split('?') as [string];
      const rest = left.get(path) ?? 0;
      left.set(path, rest - 1);
      if (rest > 0) throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
    };
  };

  it.each(groups)('for a moment, at %s: is tried again', async (_, struck, wanted) => {
    refuse(struck, 1);
    const verified = await verify(wanted);
    expect([verified.decision.verdict, othersSucceeded(verified, [])]).toEqual(['approved', true]);
  });

  it.each(groups)('for long, at %s: nothing was bought, and a person looks', async (what, struck, wanted) => {
    refuse(struck, Number.POSITIVE_INFINITY);
    const verified = await verify(wanted);
    const [status, reason] = what === 'consent-check' ? ['incomplete', 'incomplete'] : ['not-processed', 'unreachable'];
    expect(endsOf(verified, struck).map((step) => [step.status, step.billed])).toEqual(each(struck, [status, 'no']));
    expect([verified.decision.verdict, boughtOf(verified, struck)]).toEqual(['review', each(struck, 0)]);
    expect(objections(verified.decision)).toEqual(
      expect.arrayContaining(struck.map((step) => `step-incomplete ${step} ${reason} review`)),
    );
    expect([allSkipped(verified), othersSucceeded(verified, struck)]).toEqual(
      what.startsWith('consent') ? [true, false] : [false, true],
    );
  });
});

describe('an answer that is lost after the upstream has worked', () => {
  it('at every document: the resolver finds out', async () => {
    const [, struck, wanted] = ofDocuments;
    strike(struck, silent, true);
    const verified = await verify(wanted);
    expect([verified.decision.verdict, objections(verified.decision)]).toEqual(['approved', []]);
    expect([othersSucceeded(verified, []), boughtOf(verified, struck)]).toEqual([true, each(struck, 1)]);
    const { steps: shown } = (await verifier.show(verified.id, { results: 'true' })).body;
    for (const { result } of shown) expect(Object.keys(result).length).toBeGreaterThan(0);
  });

  it.each(ofFaces)('at %s: nobody finds out, and it is not bought again', async (name, struck, wanted) => {
    strike(struck, silent, true);
    const verified = await verify(wanted);
    expect(objections(verified.decision)).toEqual([`order-unresolved ${name} unknown review`]);
    expect([boughtOf(verified, struck), verified.calls[operationOf(struck[0]!)]]).toEqual([[1], 1]);
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
