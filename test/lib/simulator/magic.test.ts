import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../lib/codes/classify.ts';
import { operations } from '../../../lib/operations/index.ts';
import { readMarker } from '../../../lib/simulator/magic.ts';
import { caller, named } from './caller.ts';
import { marked, sampleMedia } from './media.ts';

describe('names', () => {
  /** A code of every class that faces know, and what it costs. */
  it.each([
    ['66660004', 'negative', 'yes'],
    ['66660010', 'negative', 'yes'],
    ['66660005', 'negative', 'no'],
    ['-5012', 'input', 'no'],
    ['66660017', 'rate', 'no'],
    ['400101', 'auth', 'no'],
    ['66660003', 'config', 'no'],
    ['999997', 'transient', 'unknown'],
    ['12345', 'other', 'unknown'],
  ])('choose the code %s of class %s', async (code, codeClass, billed) => {
    const world = caller();
    const { code: answered, values } = await world.call('face-verify', { name: `模拟${code}` });
    expect(answered).toBe(code);
    expect(values).not.toHaveProperty('similarity');
    expect(classify('face', code)).toMatchObject({ class: codeClass, billed });
    expect(world.simulator.books().charged).toEqual(billed === 'yes' ? { 'face-verify': { [code]: 1 } } : {});
  });

  it('work for every operation that has one', async () => {
    for (const { name } of operations.filter(({ request }) => 'name' in request)) {
      const world = caller();
      if (name === 'liveness-verify') await world.call('liveness-challenge', {}, { orderNo: 'A1' });
      expect(await world.code(name, { name: '模拟66660012号' }, { orderNo: 'A1' }), name).toBe('66660012');
    }
  });

  it('without a code are only names', async () => {
    expect(await caller().code('face-verify', { name: '模拟甲' })).toBe('0');
  });
});

describe('ID numbers', () => {
  it.each([
    ['990101199001010027', '66660024'],
    ['990101199001010035', '66660005'],
    ['99010119900101006X', '66660010'],
    ['99010119900101006x', '66660010'],
    ['990101199001010051', '66660004'],
  ])('%s is answered with %s where the authority is asked', async (idNo, code) => {
    const world = caller();
    expect(await world.code('face-verify', { idNo })).toBe(code);
    expect(await world.code('liveness-challenge', { idNo }, { orderNo: 'A1' })).toBe('0');
    expect(await world.code('liveness-verify', { idNo }, { orderNo: 'A1' })).toBe(code);
    await world.call('liveness-challenge', { idNo }, { orderNo: 'A2' });
    const supplied = { idNo, sourcePhoto: { base64: sampleMedia.picture }, sourcePhotoType: 'hd' };
    expect(await world.code('liveness-verify', supplied, { orderNo: 'A2' })).toBe('0');
    expect(await world.code('face-compare', { idNo })).toBe('0');
  });
});

describe('user numbers', () => {
  it('choose codes of consent calls, and of those only', async () => {
    const world = caller();
    const userId = 'sim66662001';
    await world.call('consent-record', { userId: 'user0001' });
    expect(await world.code('consent-check', { userId })).toBe('66662001');
    expect(await world.code('consent-record', { userId: 'sim999999' })).toBe('999999');
    expect(await world.code('face-verify', { userId })).toBe('0');
    expect(await world.code('consent-check', { userId: 'simone' })).toBe('0');
  });
});

describe('markers', () => {
  it.each(operations.filter(({ limits }) => Object.keys(limits).length > 0).map(({ name }) => name))(
    'choose the code of %s, in any of its media',
    async (name) => {
      for (const [index, [field, spec]] of Object.entries(named(name).request).entries()) {
        if (spec.kind !== 'media') continue;
        const world = caller();
        const orderNo = `A${index}`;
        if (name === 'liveness-verify') await world.call('liveness-challenge', {}, { orderNo });
        const input = { sourcePhotoType: undefined, [field]: marked('code=66660012', spec.media) };
        if (field === 'sourcePhoto' || 'sourcePhotoType' in named(name).request) {
          input.sourcePhotoType = (name === 'liveness-verify' && field === 'video' ? undefined : 'hd') as never;
        }
        expect(await world.code(name, input, { orderNo }), field).toBe('66660012');
      }
    },
  );

  it('are read to the end of the line, behind any file', () => {
    const read = (tail: string) =>
      Object.fromEntries(readMarker(Buffer.from(`${'x'.repeat(400)}${tail}`).toString('base64')));
    expect(read('signet-simulator:code=-5012;similarity=1 name=样本乙')).toEqual({
      code: '-5012',
      similarity: '1',
      name: '样本乙',
    });
    expect(read('signet-simulator:code=1\nsimilarity=2')).toEqual({ code: '1' });
    expect(read('signet-simulator:code=1\0rest=2')).toEqual({ code: '1' });
    expect(read('signet-simulator: =; code;;x=')).toEqual({ x: '' });
    expect(read(`signet-simulator:code=1${' '.repeat(256)}`)).toEqual({});
    expect(read('nothing')).toEqual({});
  });

  it('do nothing to a file that has none', () => {
    expect(readMarker(readFileSync('test/samples/face.jpg').toString('base64')).size).toBe(0);
  });

  it('overrule names and ID numbers', async () => {
    const input = { name: '模拟66660004', idNo: '990101199001010027', photo: marked('code=66660042') };
    expect(await caller().code('face-verify', input)).toBe('66660042');
  });
});
