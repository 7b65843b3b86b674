import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { createWorld, marked, media, person, sampleInput, type World } from '../../support/world.ts';

/** Every operation through its handler, the ledger on the embedded DynamoDB, and the simulator. */
describe.each(['webank', 'tencentcloud', 'kyc1'] as const)('all operations on profile %s', (profile) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ profile });
  });
  afterAll(() => world.stop());

  let count = 0;
  const freshNo = () => {
    count += 1;
    return `T${profile}${count}`;
  };

  /** What an operation needs before it: a challenge, the upload of a result, the consent that is asked for. */
  async function prepared(name: string): Promise<string> {
    const operation = operations.find((candidate) => candidate.name === name)!;
    const orderNo = freshNo();
    const { order } = operation;
    const asked = operations.find((other) => other.order.kind === 'creates' && other.order.query === name);
    const before = order.kind === 'continues' ? order.from : asked?.name;
    if (before !== undefined) {
      const earlier = operations.find((candidate) => candidate.name === before)!;
      const { status } = await world.post(before, sampleInput(earlier, { orderNo }));
      expect(status).toBe(200);
    }
    return orderNo;
  }

  async function run(name: string, orderNo: string, overrides: Record<string, unknown> = {}, caller?: string) {
    const operation = operations.find((candidate) => candidate.name === name)!;
    if (operation.order.kind === 'reads') return world.get(name, orderNo, null, caller);
    const numbered = operation.order.kind === 'traces' ? {} : { orderNo };
    return world.post(name, sampleInput(operation, { ...numbered, ...overrides }), caller);
  }

  describe.each(operations.map(({ name }) => name))('%s', (name) => {
    const operation = operations.find((candidate) => candidate.name === name)!;

    it('answers its documented outcome', async () => {
      const orderNo = await prepared(name);
      const { status, headers, body } = await run(name, orderNo);
      expect(body).toMatchObject({ operation: name, status: 'succeeded', reason: null });
      expect(body.outcome).toBe(operation.outcome);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      expect(body.result.unparsed).toBeUndefined();
      expect(body.upstream).toMatchObject({ code: expect.any(String), profile });
    });

    it('leaves an order exactly when it may buy', async () => {
      const orderNo = await prepared(name);
      const before = (await world.order(orderNo)).body;
      const { body } = await run(name, orderNo);
      const { status, body: order } = await world.order(body.orderNo);
      if (operation.creates) {
        expect(order).toMatchObject({
          orderNo,
          operation: name,
          state: 'succeeded',
          outcome: body.outcome,
          billed: body.billed,
        });
        expect(status).toBe(200);
      } else if (operation.order.kind === 'traces') expect(status).toBe(404);
      else expect(order).toEqual(before);
    });

    if (operation.creates) {
      it('never sends an order twice, and refuses another input', async () => {
        const orderNo = await prepared(name);
        const first = await run(name, orderNo);
        const calls = world.calls().length;
        const again = await run(name, orderNo);
        const buying = world
          .calls()
          .slice(calls)
          .filter(({ path }) => path.startsWith(operation.upstream.split(' ')[1]!));
        expect(buying).toEqual([]);
        expect(again.headers['idempotent-replayed']).toBe('true');
        const { nativePlace: _, ...portrait } = first.body.result.portrait ?? {};
        expect(again.body).toEqual({
          ...first.body,
          result: first.body.result.portrait ? { portrait } : first.body.result,
        });
        const [field] = Object.keys(operation.request).filter((key) => ['name', 'photo', 'video'].includes(key));
        const other = field === 'name' ? { name: '样本乙' } : { [field!]: marked('x', field) };
        const mismatch = await run(name, orderNo, other);
        expect(mismatch).toMatchObject({
          status: 422,
          body: { type: 'urn:signet:problem:order-payload-mismatch', billed: 'no' },
        });
        expect(
          world
            .calls()
            .slice(calls)
            .filter(({ path }) => path.startsWith(operation.upstream.split(' ')[1]!)),
        ).toEqual([]);
      });

      it("does not show or replay another caller's order", async () => {
        const orderNo = await prepared(name);
        await run(name, orderNo);
        const calls = world.calls().length;
        const foreign = await run(name, orderNo, {}, 'mallory');
        const problem = operation.order.kind === 'continues' ? 'step-out-of-order' : 'order-payload-mismatch';
        expect(foreign.body).toMatchObject({ type: `urn:signet:problem:${problem}`, billed: 'no' });
        expect((await world.order(orderNo, 'mallory')).status).toBe(404);
        expect(world.calls().length).toBe(calls);
      });
    }

    if (operation.order.kind === 'reads') {
      it('hides orders of other callers and orders that do not exist', async () => {
        const orderNo = await prepared(name);
        const calls = world.calls().length;
        expect((await run(name, orderNo, {}, 'mallory')).status).toBe(404);
        expect((await run(name, 'NOSUCHORDER')).status).toBe(404);
        expect(world.calls().length).toBe(calls);
      });
    }

    it('refuses what its schema does not know, before anything is recorded or sent', async () => {
      const calls = world.calls().length;
      const orderNo = freshNo();
      const { status, body } =
        operation.order.kind === 'reads'
          ? await world.get(name, orderNo, { surprise: 'canary-value' })
          : await run(name, orderNo, { surprise: 'canary-value' });
      expect(body).toMatchObject({
        type: 'urn:signet:problem:invalid-request',
        status: 400,
        billed: 'no',
        errors: [{ pointer: '/surprise', rule: 'unknown' }],
      });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).not.toContain('canary-value');
      expect((await world.order(orderNo)).status).toBe(404);
      expect(world.calls().length).toBe(calls);
    });
  });

  it('writes no personal data into logs or records', async () => {
    const { Items = [] } = await import('@aws-sdk/client-dynamodb').then(({ ScanCommand }) =>
      world.client.send(new ScanCommand({ TableName: world.table })),
    );
    const sinks = `${world.lines.join('')}${JSON.stringify(Items)}`;
    expect(Items.length).toBeGreaterThan(20);
    const secrets = [
      person.name,
      '样本乙',
      person.idNo,
      world.ticket()!.ticket,
      '6222020000000000000',
      media.photo!.base64.slice(100, 160),
    ];
    for (const secret of secrets) expect(sinks.includes(secret), secret.slice(0, 8)).toBe(false);
  });
});
