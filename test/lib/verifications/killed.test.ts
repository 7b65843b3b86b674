import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { everything, objections } from '../../support/verification.ts';
import { type Around, crash } from '../../support/verification-run.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { killedBeforeNoting } from './killing.ts';
import {
  allSkipped,
  createStruckWorld,
  documents,
  each,
  endsOf,
  type Group,
  groups,
  ofConsent,
  ofDocuments,
  ofFaces,
  othersSucceeded,
  type StruckWorld,
  usual,
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
afterAll(() => world.stop());

describe('a function that is killed', () => {
  /** Kills the first call of each of these steps. */
  const once =
    (struck: readonly StepName[], work: Around): Around =>
    (task, invoke) =>
      struck.some((name) => name === task.step) && task.call === 1 ? work(task, invoke) : invoke();
  const killed = async (): Promise<never> => {
    throw crash();
  };
  /** Everything is done but noting it. */
  const unnoted: Around = (...given) => killedBeforeNoting(world)(...given);
  const killedAtTheEnd: Around = async (_, invoke) => {
    await invoke();
    throw crash('Sandbox.Timedout');
  };

  it('before it has bought a document is called again', async () => {
    const [, struck, wanted] = ofDocuments;
    const verified = await verify(wanted, once(struck, killed));
    expect([verified.decision.verdict, boughtOf(verified, struck)]).toEqual(['approved', each(struck, 1)]);
  });

  it('before it has recorded the consent is called again', async () => {
    const [[, struck, wanted]] = ofConsent as [Group];
    const verified = await verify(wanted, once(struck, killed));
    expect([verified.decision.verdict, verified.calls['consent-record']]).toEqual(['approved', 1]);
  });

  it.each([...ofFaces, ...ofConsent.slice(1)])(
    'before it has done %s is not, and a person looks',
    async (name, struck, wanted) => {
      const verified = await verify(wanted, once(struck, killed));
      expect(objections(verified.decision)[0]).toBe(`step-incomplete ${name} incomplete review`);
      expect(endsOf(verified, struck)).toMatchObject([{ status: 'incomplete', billed: 'no', upstream: null }]);
      expect([verified.decision.verdict, boughtOf(verified, struck)]).toEqual(['review', [0]]);
      expect(allSkipped(verified)).toBe(name.startsWith('consent'));
    },
  );

  it.each([...documents.map((name): Group => [name, [name], ofDocuments[2]]), ...ofFaces])(
    'after it has bought %s, before it has noted that, loses nothing',
    async (_, struck, wanted) => {
      const verified = await verify(wanted, once(struck, unnoted));
      expect([objections(verified.decision), boughtOf(verified, struck)]).toEqual([[], [1]]);
      expect([verified.decision.verdict, othersSucceeded(verified, [])]).toEqual(['approved', true]);
      // What was sealed need not be read again.
      expect(Object.keys(verified.calls).filter((name) => name.endsWith('-result'))).toEqual([]);
    },
  );

  it('after it has recorded the consent, before it has noted that, records it no second time', async () => {
    const [[, struck, wanted]] = ofConsent as [Group];
    const verified = await verify(wanted, once(struck, unnoted));
    expect([verified.decision.verdict, verified.calls['consent-record']]).toEqual(['approved', 1]);
    expect(endsOf(verified, struck)).toMatchObject([{ status: 'succeeded', outcome: 'recorded' }]);
  });

  it.each(groups)('after it has noted %s loses nothing', async (_, struck, wanted) => {
    const verified = await verify(wanted, once(struck, killedAtTheEnd));
    expect([verified.decision.verdict, objections(verified.decision)]).toEqual(['approved', []]);
  });

  it('after it has bought a document, while another one declines: that is not taken for skipped', async () => {
    const wanted = { portrait: {}, emblem: { validDate: '20100101-20200101' }, bankCard: {}, face: {} };
    const verified = await verify(wanted, once(['bank-card'], unnoted));
    expect([verified.decision.verdict, boughtOf(verified, ['bank-card'])]).toEqual(['declined', [1]]);
    expect(endsOf(verified, ['bank-card', 'face'])).toMatchObject([
      { status: 'succeeded', outcome: 'read', billed: 'yes' },
      { status: 'skipped', billed: 'no' },
    ]);
  });
});

describe('what is delivered twice', () => {
  const atOnce: Around = async (_, invoke) => {
    const [one, two] = await Promise.allSettled([invoke(), invoke()]);
    const answered = [one, two].find((result) => result!.status === 'fulfilled');
    if (answered?.status === 'fulfilled') return answered.value;
    throw (one as PromiseRejectedResult).reason;
  };
  const inARow: Around = async (_, invoke) => {
    const first = await invoke();
    expect(await invoke()).toEqual(first);
    return first;
  };

  it.each([
    ['at once', atOnce],
    ['in a row', inARow],
  ])('is done once: every call of the machine, %s', async (_, around) => {
    const verified = await verify(everything, around);
    expect([verified.decision.verdict, objections(verified.decision)]).toEqual(['approved', []]);
    const [first, ...others] = verifier.told(verified.id);
    expect(others).toEqual([first]);
  });

  it.each([
    ['at the same time', true],
    ['one after the other', false],
  ])('is done once: two executions, %s', async (_, together) => {
    const plan = await verifier.plan(everything);
    const { verificationId: id } = plan;
    await verifier.start(plan);
    const first = verifier.run(id);
    if (!together) await first;
    const [one, two] = await Promise.all([first, verifier.run(id)]);
    const { body: view } = await verifier.show(id);
    struckWorld.soundly({ id, run: one, view, decision: view.decision });
    expect(two.outcome).toEqual(one.outcome);
    expect(one.outcome).toMatchObject({ output: { verdict: view.decision.verdict } });
    // The one that comes second may have waited in vain for a call of the first.
    expect(together ? ['approved', 'review'] : ['approved']).toContain(view.decision.verdict);
    expect(new Set(verifier.told(id).map((event) => JSON.stringify(event))).size).toBe(1);
  });
});

describe('a decision', () => {
  const decisively =
    (work: (call: number) => () => void): Around =>
    async ({ step, call }, invoke) => {
      const undo = step === 'decide' ? work(call) : () => {};
      return invoke().finally(undo);
    };

  it.each<[string, () => () => void]>([
    [
      'is not written',
      () => {
        const { verifications } = world.context;
        const { decided } = verifications;
        verifications.decided = () => Promise.reject(new Error('down'));
        return () => void Object.assign(verifications, { decided });
      },
    ],
    [
      'is written, but the answer is lost',
      () => {
        const { verifications } = world.context;
        const { decided } = verifications;
        verifications.decided = async (...change) => {
          await decided(...change);
          throw new Error('lost');
        };
        return () => void Object.assign(verifications, { decided });
      },
    ],
    [
      'is not told',
      () => {
        const { events } = world.context;
        const { send } = events;
        events.send = () => Promise.reject(new Error('down'));
        return () => void Object.assign(events, { send });
      },
    ],
    [
      'cannot open the plan',
      () => {
        const { objects } = world.context.staging;
        const { open } = objects;
        objects.open = () => Promise.reject(new Error('down'));
        return () => void Object.assign(objects, { open });
      },
    ],
  ])('that %s, is made by the next call', async (_, spoil) => {
    const verified = await verify(
      usual,
      decisively((call) => (call < 2 ? spoil() : () => {})),
    );
    expect([verified.decision.verdict, verified.run.tasks.at(-1)]).toMatchObject([
      'approved',
      { step: 'decide', call: 2 },
    ]);
    expect(verifier.told(verified.id)).toHaveLength(1);
  });

  it('that is not to be had for minutes is waited out', async () => {
    const verified = await verify(
      usual,
      decisively((call) => {
        if (call < 9) throw crash();
        return () => {};
      }),
    );
    expect(verified.decision.verdict).toBe('approved');
    expect(verifier.told(verified.id)).toHaveLength(1);
  });

  it('that never comes about leaves a verification that has failed, half an hour later', async () => {
    const plan = await verifier.plan(usual);
    await verifier.start(plan);
    expect((await verifier.show(plan.verificationId)).body).toMatchObject({ status: 'running' });
    await verifier.pass(36);
    expect((await verifier.show(plan.verificationId)).body).toMatchObject({ status: 'failed' });
    expect(verifier.left(plan)).toBe(0);
    expect(verifier.told(plan.verificationId)).toEqual([]);
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
