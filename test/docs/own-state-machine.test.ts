import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { triedAgain } from '../../infra/asl.ts';
import { operationHandler } from '../../lib/http/handler.ts';
import { operations } from '../../lib/operations/index.ts';
import { type Fake, failure, machinesOf } from '../infra/local/state-machines/fixture.ts';
import { createResolvingWorld, type ResolvingWorld } from '../lib/orders/resolving.ts';
import { marked, media } from '../support/world.ts';

/** It has no types, and writes into what it is given. */
const validate = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  readonly isValid: boolean;
  readonly errors: readonly unknown[];
};

interface State {
  readonly Type: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly JitterStrategy?: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly TimeoutSeconds?: number;
}

const text = readFileSync('docs/examples/own-state-machine.asl.json', 'utf8');
const definition: { readonly States: Readonly<Record<string, State>> } = JSON.parse(text);
const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task');

describe("the example of a team's own state machine", () => {
  it('is valid, in JSONPath', () => {
    const { isValid, errors } = validate(JSON.parse(text));
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
    expect(text).not.toMatch(/QueryLanguage|JSONata|\{%/);
  });

  it.each(tasks)('%s repeats only what bought nothing, without waves, and outlives its function', (name, state) => {
    const repeated = state.Retry!.flatMap(({ ErrorEquals }) => ErrorEquals);
    // The state that only asks about an order may also repeat its question.
    const asks = name === 'AskAgain' ? ['order-outcome-unknown'] : [];
    expect(repeated.toSorted()).toEqual([...triedAgain, ...asks].toSorted());
    for (const { JitterStrategy } of state.Retry!) expect(JitterStrategy).toBe('FULL');
    expect(state.Catch!.at(-1)!.ErrorEquals).toEqual(['States.ALL']);
    expect(state.TimeoutSeconds).toBeGreaterThan(28);
  });
});

describe('it runs', () => {
  const caller = 'arn:aws:sts::000000000000:assumed-role/alice';
  let world: ResolvingWorld;
  beforeAll(async () => {
    world = await createResolvingWorld();
  });
  afterAll(() => world.stop());

  /** An operation's Lambda, as the stage deploys it. */
  function lambda(name: string): (event: unknown) => Promise<unknown> {
    const operation = operations.find((candidate) => candidate.name === name)!;
    const query = 'query' in operation.order ? operation.order.query : undefined;
    const sibling = operations.find((candidate) => candidate.name === query);
    const handler = operationHandler(operation, sibling, () => world.context);
    const surroundings = { awsRequestId: 'own', getRemainingTimeInMillis: () => 28_000 };
    return (event) => handler(event as never, surroundings as never);
  }

  /** What happens when the machine calls a function for the nth time. */
  type Around = (invoke: () => Promise<unknown>, call: number) => Promise<unknown>;
  interface Special {
    readonly license?: Around;
    /** What the simulator is told with the photo. */
    readonly face?: string;
  }

  const license = 'driver-license-ocr';
  const face = 'face-verify';

  /** Runs the example under a name of its own. */
  async function run(name: string, { license: around = (invoke) => invoke(), face: says }: Special = {}) {
    const stage = async ({ base64 }: { readonly base64: string }) =>
      (await world.stage(Buffer.from(base64, 'base64'))).mediaId;
    const input = {
      caller,
      license: await stage(media.photo!),
      face: await stage(says === undefined ? media.photo! : marked(says)),
    };
    const sentBefore = world.callsOf(license).length;
    const [read, compare] = [lambda(license), lambda(face)];
    let asked = 0;
    const functions: Record<string, Fake> = {
      [`signet-prod-${license}`]: (event) => {
        asked += 1;
        return around(() => read(event), asked);
      },
      [`signet-prod-${face}`]: compare,
    };
    const machine = machinesOf(definition, functions);
    const { status, output, error, history } = await machine.run(input, name);
    return {
      ended: [status, output ?? error],
      history,
      calls: machine.calls.map((called) => called.replace('signet-prod-', '')),
      /** Licences that were sent to the upstream. */
      sent: world.callsOf(license).length - sentBefore,
    };
  }

  const once = [{ calls: 1, charged: 1 }];
  const matched = (name: string) => ['SUCCEEDED', { outcome: 'match', reason: null, orderNo: `${name}F` }];

  it('reads the licence and compares its holder: two orders, named after the execution, for the caller', async () => {
    const { ended, calls } = await run('plain1');
    expect(ended).toEqual(matched('plain1'));
    expect(calls).toEqual([license, face]);
    expect([world.booked('plain1L'), world.booked('plain1F')]).toEqual([once, once]);
    expect((await world.record('plain1L')).caller).toBe(caller);
    expect((await world.order('plain1F')).body).toMatchObject({ state: 'succeeded', outcome: 'match' });
  });

  it('tells what the person must do, caught by slug', async () => {
    const { ended } = await run('blurred1', { face: 'code=66660042' });
    const problem = {
      type: 'urn:signet:problem:upstream-rejected-input',
      orderNo: 'blurred1F',
      reason: 'blurred',
      action: 'retake',
      billed: 'no',
    };
    expect(ended).toEqual(['SUCCEEDED', { outcome: 'ask-person', problem: expect.objectContaining(problem) }]);
    expect(JSON.stringify(ended)).not.toMatch(/样本|990101/);
  });

  it('tries again what bought nothing, and buys it once', async () => {
    const refuse = () => {
      throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
    };
    const { ended, calls } = await run('refused1', {
      license: (invoke, call) => {
        world.before = call < 3 ? refuse : undefined;
        return invoke();
      },
    });
    expect(ended).toEqual(matched('refused1'));
    expect(calls).toEqual([license, license, license, face]);
    expect([world.booked('refused1L'), world.booked('refused1F')]).toEqual([once, once]);
  });

  it('waits for the resolver when an answer was lost, and goes on with what was bought', async () => {
    world.lose(license, true);
    const { ended, calls, history, sent } = await run('lost1', {
      license: async (invoke, call) => {
        // The second call finds the order as it was; before the third the resolver has been there.
        if (call === 3) await world.pass(2);
        return invoke();
      },
    });
    expect(ended).toEqual(matched('lost1'));
    expect(calls).toEqual([license, license, license, face]);
    expect(history.some(({ state }) => state === 'WaitForResolver')).toBe(true);
    expect([sent, world.booked('lost1L')]).toEqual([1, once]);
    expect(world.events('order-resolved')).toMatchObject([{ orderNo: 'lost1L', state: 'succeeded' }]);
  });

  it('asks again when the function died after it had bought', async () => {
    const { ended, sent } = await run('died1', {
      license: async (invoke, call) => {
        const answer = await invoke();
        return call === 1 ? failure('Runtime.ExitError') : answer;
      },
    });
    expect(ended).toEqual(matched('died1'));
    expect([sent, world.booked('died1L')]).toEqual([1, once]);
  });

  it('leaves a lost comparison to a person, and sends nothing a second time', async () => {
    world.lose(face, true);
    const { ended, calls } = await run('lost2');
    expect(ended).toEqual(['SUCCEEDED', { outcome: 'undecided' }]);
    expect(calls).toEqual([license, face]);
    expect(world.booked('lost2F')).toEqual(once);
  });

  it('starts no new order for one that was never executed', async () => {
    world.lose(license, false);
    const { ended, calls, sent } = await run('gone1', {
      license: async (invoke, call) => {
        if (call === 2) await world.pass(8);
        return invoke();
      },
    });
    expect(ended).toEqual(['SUCCEEDED', { outcome: 'start-anew' }]);
    expect(calls).toEqual([license, license]);
    expect([sent, world.booked('gone1L')]).toEqual([1, []]);
  });

  it('fails with the slug of any other problem, such as a name that no order number can be made of', async () => {
    const { ended, calls } = await run('not-letters');
    expect(ended).toEqual(['FAILED', 'invalid-request']);
    expect(calls).toEqual([license]);
  });
});
