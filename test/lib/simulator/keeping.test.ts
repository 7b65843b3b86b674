import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, caller } from './caller.ts';
import { marked, sampleMedia } from './media.ts';

type World = ReturnType<typeof caller>;
const control = (world: World, method: string, path: string, body: unknown = '', type = 'application/json') =>
  world.simulator.handle({
    method,
    url: `/simulator/${path}`,
    headers: { 'content-type': type },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

describe('the state', () => {
  it('carries tickets, orders, digits, consents, attempts and books over a restart', async () => {
    const before = caller({ settings: { personLimit: 1 } });
    await before.call('face-verify');
    await before.call('liveness-challenge', {}, { orderNo: 'L1' });
    await before.call('consent-record');
    await before.call('bank-card-ocr', { photo: marked('bankcardNo=6222000000000000018') }, { orderNo: 'B1' });
    const state: unknown = JSON.parse(JSON.stringify(before.simulator.state()));
    const after = caller({ state, settings: { personLimit: 1 } });
    after.current = before.current;
    expect(after.simulator.books()).toEqual(before.simulator.books());
    expect((await after.call('bank-card-result', {}, { orderNo: 'B1' })).values.bankCardNo).toBe('6222000000000000018');
    expect(await after.code('consent-check')).toBe('0');
    expect(await after.code('face-verify', {}, { orderNo: 'F2' })).toBe('66660017');
    after.simulator.configure({ personLimit: null });
    expect(await after.code('liveness-verify', {}, { orderNo: 'L1' })).toBe('0');
  });

  it('holds no media and no secret, and forgets what is over', async () => {
    const world = caller();
    await world.call('id-card-ocr', {}, { orderNo: 'A1' });
    await world.call('face-verify');
    await world.call('consent-record', { agreement: { base64: sampleMedia.document } });
    const text = JSON.stringify(world.simulator.state());
    expect(text.length).toBeLessThan(2500);
    expect(text).not.toContain(sampleMedia.document);
    expect(text).not.toContain('synthetic-app-secret');
    world.time.now += 4 * 86_400_000;
    expect(world.simulator.state()).toMatchObject({ tokens: [], tickets: [], orders: [], attempts: [] });
  });

  it('is not taken over by another app id, profile or, as to tickets, secret', async () => {
    const before = caller();
    await before.call('face-verify', {}, { orderNo: 'A1' });
    const state = before.simulator.state() as object;
    const elsewhere = caller({ state, profile: 'kyc1' });
    expect(elsewhere.simulator.books().orders).toEqual({});
    expect(caller({ state: { ...state, appId: 'TIDAELSE' } }).simulator.books().orders).toEqual({});
    const rotated = caller({ state, secret: 'another-app-secret' });
    expect(rotated.simulator.books().orders).toHaveProperty('A1');
    expect(await rotated.code('face-verify', {}, { ticket: before.current })).toBe('400101');
  });

  it('is ignored when it is none', async () => {
    const before = caller();
    await before.call('liveness-challenge', {}, { orderNo: 'A1' });
    const good = before.simulator.state() as Record<string, unknown>;
    const bad = [null, 7, 'x', [], {}, { ...good, version: 9 }, { ...good, orders: [['A1']] }, { ...good, x: () => 0 }];
    for (const state of bad) expect(caller({ state }).simulator.books().orders).toEqual({});
    const part = fc.constantFrom('tokens', 'tickets', 'orders', 'consents', 'attempts', 'counts', 'version', 'secret');
    await fc.assert(
      fc.asyncProperty(part, fc.jsonValue(), async (name, value) => {
        const world = caller({ state: { ...good, [name]: value } });
        expect(await world.code('face-verify', {}, { orderNo: 'Z9' })).toBe('0');
        world.simulator.books();
        world.simulator.state();
      }),
      { numRuns: 200 },
    );
  });
});

describe('the books', () => {
  it('count answers, refusals, charges and what is not published', async () => {
    const world = caller();
    await world.call('face-verify', {}, { orderNo: 'A1' });
    await world.call('face-verify', { name: '模拟66660010' }, { orderNo: 'A2' });
    await world.call('face-verify', { name: '模拟66660042' }, { orderNo: 'A3' });
    await world.call('face-verify', { name: '模拟66660012' }, { orderNo: 'A4' });
    await world.call('face-verify', {}, { orderNo: 'A1' });
    await world.call('consent-record', {}, { orderNo: 'A5' });
    await world.call('consent-check', {}, { orderNo: 'A6' });
    expect(world.simulator.books()).toEqual({
      answers: {
        'access-token': { 0: 1 },
        'api-ticket': { 0: 1 },
        'face-verify': { 0: 1, 66660010: 1, 66660042: 1, 66660012: 1, 66660000: 1 },
        'consent-record': { 0: 1 },
        'consent-check': { 0: 1 },
      },
      refused: { 'face-verify': { 66660012: 1, 66660000: 1 } },
      charged: { 'face-verify': { 0: 1, 66660010: 1 } },
      uncertain: { 'consent-record': { 0: 1 } },
      orders: {
        A1: { 'face-verify': { calls: 1, charged: 1 } },
        A2: { 'face-verify': { calls: 1, charged: 1 } },
        A3: { 'face-verify': { calls: 1, charged: 0 } },
        A5: { 'consent-record': { calls: 1, charged: 0 } },
      },
    });
  });
});

describe('the own routes', () => {
  it('tell the books and the settings, and change them', async () => {
    const world = caller();
    await world.call('face-verify');
    expect(bodyOf(await control(world, 'GET', 'books'))).toEqual(world.simulator.books());
    expect(bodyOf(await control(world, 'GET', 'settings'))).toMatchObject({ coexist: 60, orderReuse: 'reject' });
    const changed = bodyOf(await control(world, 'POST', 'settings', { personLimit: 0, secret: 'new' }));
    expect(changed).toMatchObject({ personLimit: 0 });
    expect(changed).not.toHaveProperty('secret');
    expect(bodyOf(await world.token()).code).toBe('400101');
  });

  it('refuse what is no setting, and what a web page could send', async () => {
    const world = caller();
    for (const change of [
      { x: 1 },
      { coexist: -1 },
      { codes: 'x' },
      { faults: [{ kind: 'x' }] },
      { faults: {} },
      [],
      null,
      'x',
    ]) {
      expect(await control(world, 'POST', 'settings', change)).toMatchObject({ status: 400 });
    }
    expect(await control(world, 'POST', 'settings', { coexist: 1 }, 'text/plain')).toMatchObject({ status: 415 });
    expect(await control(world, 'DELETE', 'books')).toMatchObject({ status: 404 });
    expect(bodyOf(await control(world, 'GET', 'settings'))).toMatchObject({ coexist: 60 });
    expect(() => world.simulator.configure({ coexist: Number.NaN })).toThrow(
      'Simulator setting coexist cannot have this value',
    );
    expect(() => world.simulator.configure({ other: 1 } as never)).toThrow('Unknown simulator setting "other"');
  });
});
