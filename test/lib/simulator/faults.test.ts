import { describe, expect, it } from 'vitest';
import { bodyOf, caller, textOf } from './caller.ts';
import { marked } from './media.ts';

const easyface = '/api/paas/easyface';

describe('faults of the settings', () => {
  it.each(['reset', 'silence'] as const)('%s: the call is not worked on, unless it says so', async (kind) => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({
      faults: [
        { kind, path: easyface },
        { kind, path: easyface, executed: true },
      ],
    });
    expect(await world.raw('face-verify', {}, { orderNo: 'A1' })).toEqual({ fault: kind });
    expect(world.simulator.books()).toMatchObject({ charged: {}, refused: { 'face-verify': { [kind]: 1 } } });
    expect(await world.raw('face-verify', {}, { orderNo: 'A1' })).toEqual({ fault: kind });
    expect(world.simulator.books()).toMatchObject({ charged: { 'face-verify': { 0: 1 } }, orders: { A1: {} } });
    expect(await world.code('face-verify', {}, { orderNo: 'A1' })).toBe('66660000');
  });

  it('executed-no-answer: charged, then silence; the query finds it', async () => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({ faults: [{ kind: 'executed-no-answer' }] });
    expect(await world.raw('bank-card-ocr', {}, { orderNo: 'A1' })).toEqual({ fault: 'silence' });
    expect(world.simulator.books().charged).toEqual({ 'bank-card-ocr': { 0: 1 } });
    expect(await world.code('bank-card-result', {}, { orderNo: 'A1' })).toBe('0');
  });

  it('code: in the envelope of the call, worked on or not', async () => {
    const world = caller();
    await world.refresh();
    const code = '66660021';
    world.simulator.configure({
      faults: [
        { kind: 'code', code },
        { kind: 'code', code, executed: true },
      ],
    });
    expect(await world.code('driver-license-ocr', {}, { orderNo: 'A1' })).toBe(code);
    expect(await world.code('driver-license-ocr', {}, { orderNo: 'A1' })).toBe(code);
    expect(world.simulator.books().orders.A1).toEqual({ 'driver-license-ocr': { calls: 1, charged: 1 } });
    expect(await world.code('driver-license-result', {}, { orderNo: 'A1' })).toBe('0');
  });

  it('bend answers', async () => {
    const world = caller();
    await world.refresh();
    const faults = ['html', 'status', 'truncated', 'no-code', 'wrong-order', 'duplicate'].map((kind) => ({ kind }));
    world.simulator.configure({ faults: faults as never });
    const next = () => world.raw('face-verify');
    expect(textOf(await next())).toMatch(/^<html>/);
    expect(await next()).toMatchObject({ status: 500 });
    const truncated = textOf(await next());
    expect(() => JSON.parse(truncated)).toThrow(SyntaxError);
    expect(bodyOf(await next())).not.toHaveProperty('code');
    expect(bodyOf(await next()).result.orderNo).toBe('SIMULATORotherORDER');
    await world.raw('face-verify', {}, { orderNo: 'A1' });
    expect(world.simulator.books().orders.A1).toEqual({ 'face-verify': { calls: 2, charged: 2 } });
    expect(world.simulator.books().answers['face-verify']).toEqual({
      html: 1,
      status: 1,
      truncated: 1,
      'no-code': 1,
      0: 2,
    });
  });

  it('make an answer longer than anybody reads', async () => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({ faults: [{ kind: 'oversize' }] });
    const reply = await world.raw('face-verify');
    expect('fault' in reply ? 0 : reply.body.length).toBeGreaterThan(32 * 1024 * 1024);
  });

  it('slow answers after the work, late works after the wait', async () => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({
      faults: [
        { kind: 'slow', ms: 2500 },
        { kind: 'late', ms: 240_000 },
      ],
    });
    expect(await world.code('face-verify')).toBe('0');
    expect(world.time.slept).toBe(2500);
    expect(await world.code('face-verify')).toBe('0');
    expect(world.time.slept).toBe(242_500);
  });

  it('reach the token and ticket endpoints', async () => {
    const world = caller();
    world.simulator.configure({ faults: [{ kind: 'code', code: '400504', path: '/api/oauth2/access_token' }] });
    expect(bodyOf(await world.token()).code).toBe('400504');
    expect(bodyOf(await world.token()).code).toBe('0');
  });

  it('come as often as they are asked to', async () => {
    const world = caller();
    await world.refresh();
    const codes = async (count: number) => {
      const seen = [];
      for (let call = 0; call < count; call += 1) seen.push(await world.code('face-verify'));
      return seen.filter((code) => code !== '0').length;
    };
    world.simulator.configure({ faults: [{ kind: 'code', times: 3 }] });
    expect(await codes(5)).toBe(3);
    world.simulator.configure({ faults: [{ kind: 'code', rate: 0.25 }] });
    const hits = await codes(200);
    expect(hits).toBeGreaterThan(25);
    expect(hits).toBeLessThan(75);
    world.simulator.configure({ faults: [{ kind: 'code', path: '/api/paas/easycompare' }] });
    expect(await codes(3)).toBe(0);
  });

  it('do not hide a refused signature', async () => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({ faults: [{ kind: 'code', code: '999997', executed: true }] });
    expect(await world.code('face-verify', {}, { ticket: 'x' })).toBe('400101');
  });
});

describe('faults of a marker', () => {
  it.each([
    ['fault=reset', { fault: 'reset' }, 0],
    ['fault=reset executed=1', { fault: 'reset' }, 1],
    ['fault=silence', { fault: 'silence' }, 0],
    ['fault=executed-no-answer', { fault: 'silence' }, 1],
    ['fault=502', { status: 502 }, 0],
    ['fault=status;status=503;executed=1', { status: 503 }, 1],
    ['slow=40', { status: 200 }, 1],
    ['fault=unheard-of', { status: 200 }, 1],
  ])('%s', async (marker, reply, charged) => {
    const world = caller();
    expect(await world.raw('face-verify', { photo: marked(marker) }, { orderNo: 'A1' })).toMatchObject(reply);
    expect(world.simulator.books().orders.A1?.['face-verify']?.charged ?? 0).toBe(charged);
  });

  it('code=… executed=1: charged all the same', async () => {
    const world = caller();
    const photo = marked('code=999997 executed=1');
    expect(await world.code('id-card-ocr', { photo }, { orderNo: 'A1' })).toBe('999997');
    expect(await world.code('id-card-result', {}, { orderNo: 'A1' })).toBe('0');
    expect(await world.code('id-card-ocr', { photo: marked('code=999997') }, { orderNo: 'A2' })).toBe('999997');
    expect(await world.code('id-card-result', {}, { orderNo: 'A2' })).toBe('66660020');
    expect(world.simulator.books().charged).toEqual({ 'id-card-ocr': { 0: 1 } });
  });
});
