import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { objections, other, pathOf, type Verified } from '../../support/verification.ts';
import { type Around, crash } from '../../support/verification-run.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { killedBeforeNoting } from './killing.ts';
import { createStruckWorld, type StruckWorld } from './struck.ts';

let struckWorld: StruckWorld;
let world: StruckWorld['world'];
let verifier: StruckWorld['verifier'];
beforeAll(async () => {
  struckWorld = await createStruckWorld();
  ({ world, verifier } = struckWorld);
});
afterEach(() => {
  world.simulator.configure({ faults: [] });
  world.before = undefined;
});
afterAll(() => world.stop());

const card: StepName = 'id-card-portrait';
const wanted = { portrait: {}, emblem: {}, face: {} };
const reading = pathOf('id-card-result');
/** The upstream answers this whenever a result is to be read back. */
const readsBack = (code: string): void =>
  world.simulator.configure({ faults: [{ kind: 'code', code, path: reading, rate: 1 }] });
/** Codes of a query: no such order, another one's trouble, wrong input, and trouble of its own. */
const final = ['66660020', '66660004', '400604', '66660012'];
const passing = ['66660008', '999999'];

/** The first call of a step is killed before it could note its end. */
const unnoted =
  (step: StepName, error = crash('States.Timeout')): Around =>
  (task, invoke) =>
    task.step === step && task.call === 1 ? killedBeforeNoting(world, error)(task, invoke) : invoke();
/** The same, before it could seal its result. */
const unsealed =
  (step: StepName, error = crash('States.Timeout')): Around =>
  (task, invoke) => {
    if (task.step !== step || task.call > 1) return invoke();
    const id = [...world.executions.keys()].at(-1);
    return killedBeforeNoting(world, error)(task, invoke).finally(
      () => void world.bucket.delete(`sealed/${id}/${step}`),
    );
  };
const shown = ({ view }: Verified, name: StepName) => view.steps.find(({ step }) => step === name)!;
const callsFor = ({ run }: Verified, name: StepName): number => run.tasks.filter(({ step }) => step === name).length;
/** What the function answered to the machine for a step. */
const answersOf = ({ run }: Verified, name: StepName) =>
  run.seen.flatMap(({ what, data }) => {
    const payload = (data as { Payload?: { step?: string; status?: string; again?: boolean } } | null)?.Payload;
    return what.endsWith(' result') && payload?.step === name ? [payload] : [];
  });
const answered = { status: 'succeeded', outcome: 'read', billed: 'yes', again: false };
const read = { status: 'succeeded', outcome: 'read', reason: null, billed: 'yes', upstream: { code: '0' } };

describe('a document that is paid for and sealed, but not noted', () => {
  it.each([...final, ...passing])(
    'is what it was, and nobody is asked for it: the query would say %s',
    async (code) => {
      readsBack(code);
      const verified = await struckWorld.verify(wanted, unnoted(card));
      expect([verified.decision.verdict, objections(verified.decision)]).toEqual(['approved', []]);
      expect(shown(verified, card)).toMatchObject(read);
      expect(verified.calls).toEqual({ 'id-card-ocr': 2, 'face-verify': 1 });
      const { steps } = (await verifier.show(verified.id, { results: 'true' })).body;
      expect(Object.keys(steps[0].result)).toEqual(['portrait']);
    },
  );

  it('declines, if that is what it says', async () => {
    readsBack('66660020');
    const plan = { ...wanted, emblem: { validDate: '20000101-20200101' } };
    const verified = await struckWorld.verify(plan, unnoted('id-card-emblem'));
    expect(objections(verified.decision)).toEqual(['document-expired id-card-emblem expired decline']);
    expect([verified.decision.verdict, shown(verified, 'face').status]).toEqual(['declined', 'skipped']);
  });

  it('is noted with whom it was about, and as it would have been', async () => {
    const error = crash('Lambda.TooManyRequestsException');
    const noted = await Promise.all(
      [await struckWorld.verify(wanted), await struckWorld.verify(wanted, unnoted('face', error))].map(
        async (verified) => ({
          calls: callsFor(verified, 'face'),
          record: (await world.context.verifications.read(verified.id))!,
        }),
      ),
    );
    expect(noted.map(({ calls }) => calls)).toEqual([1, 2]);
    const [one, two] = noted.map(({ record: { steps } }) => ({ ...steps.face!, orderNo: '', upstream: null }));
    expect(two).toEqual(one);
    expect(two!.subject).toBe(noted[1]!.record.subject);
  });
});

describe('a document that is paid for, but neither sealed nor noted', () => {
  it('is read back', async () => {
    const verified = await struckWorld.verify(wanted, unsealed(card));
    expect([verified.decision.verdict, verified.calls['id-card-result']]).toEqual(['approved', 1]);
    expect(world.bucket.has(`sealed/${verified.id}/${card}`)).toBe(true);
  });

  it.each(final.slice(0, 3))('and is not to be read back any more (%s) is what its order says', async (code) => {
    readsBack(code);
    const verified = await struckWorld.verify(wanted, unsealed(card));
    expect(shown(verified, card)).toMatchObject(read);
    expect(verified.decision.verdict).toBe('review');
    expect(objections(verified.decision)).toContain(`step-incomplete ${card} succeeded review`);
    expect([callsFor(verified, card), shown(verified, 'face').outcome]).toEqual([2, 'match']);
  });

  it('declines by the warnings that its order holds', async () => {
    const path = pathOf('bank-card-result');
    world.simulator.configure({ faults: [{ kind: 'code', code: '66660020', path, rate: 1 }] });
    const plan = { bankCard: { multiWarning: '66661009' }, face: {} };
    const whole = await struckWorld.verify(plan);
    const verified = await struckWorld.verify(plan, unsealed('bank-card'));
    for (const { decision, view } of [whole, verified]) {
      expect(objections(decision)).toContain('document-warning bank-card expired decline');
      expect([decision.verdict, view.steps.at(-1)!.status]).toEqual(['declined', 'skipped']);
    }
    expect(shown(verified, 'bank-card')).toMatchObject(read);
  });

  it.each([...passing, '66660012'])('is read back a minute later, after %s', async (code) => {
    readsBack(code);
    const whole: Around = (task, invoke) => {
      if (task.step === card && task.call === 3) world.simulator.configure({ faults: [] });
      return unsealed(card)(task, invoke);
    };
    const verified = await struckWorld.verify(wanted, whole);
    expect([verified.decision.verdict, callsFor(verified, card)]).toEqual(['approved', 3]);
    expect(answersOf(verified, card)).toMatchObject([{ ...answered, again: true }, answered]);
  });

  it.each(passing)('is what its order says when that does not end: %s', async (code) => {
    readsBack(code);
    const verified = await struckWorld.verify(wanted, unsealed(card));
    const answers = answersOf(verified, card);
    expect(answers.length).toBeGreaterThan(3);
    expect(answers).toMatchObject([...answers.slice(1).map(() => ({ ...answered, again: true })), answered]);
    const { steps } = (await world.context.verifications.read(verified.id))!;
    expect(steps[card]).toMatchObject(read);
    expect(objections(verified.decision)).toContain(`step-incomplete ${card} succeeded review`);
  });

  it('is asked for again when nobody could be asked', async () => {
    const around: Around = (task, invoke) => {
      const isDown = task.step === card && task.call < 4;
      world.before = ({ path }) => {
        if (isDown && path.startsWith(reading)) throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
      };
      return unsealed(card)(task, invoke);
    };
    const verified = await struckWorld.verify({ portrait: {} }, around);
    expect([shown(verified, card), callsFor(verified, card)]).toMatchObject([read, 4]);
    expect(world.bucket.has(`sealed/${verified.id}/${card}`)).toBe(true);
  });

  it('is asked for again when its order could not be looked at', async () => {
    readsBack('66660020');
    const { ledger } = world.context;
    const look = ledger.read;
    const around: Around = (task, invoke) => {
      if (task.step !== card || task.call !== 2) return unsealed(card)(task, invoke);
      let looks = 0;
      ledger.read = (orderNo) => {
        looks += 1;
        return looks === 2 ? Promise.reject(new Error('down')) : look(orderNo);
      };
      return invoke().finally(() => void Object.assign(ledger, { read: look }));
    };
    const verified = await struckWorld.verify({ portrait: {} }, around);
    expect(shown(verified, card)).toMatchObject(read);
    expect(callsFor(verified, card)).toBe(3);
  });

  it('is not taken for what the plan says by now, if that is something else', async () => {
    const error = crash('Lambda.TooManyRequestsException');
    const around: Around = (task, invoke) => {
      if (task.step === 'face' && task.call === 2) {
        const key = `sealed/${[...world.executions.keys()].at(-1)}/plan`;
        const sealed = JSON.parse(String(world.bucket.get(key)));
        world.bucket.set(key, Buffer.from(JSON.stringify({ ...sealed, subject: other })));
      }
      return unsealed('face', error)(task, invoke);
    };
    const verified = await struckWorld.verify(wanted, around);
    expect(objections(verified.decision)).toContain('step-incomplete face order-payload-mismatch review');
    expect(shown(verified, 'face')).toMatchObject({ status: 'incomplete', outcome: null });
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
