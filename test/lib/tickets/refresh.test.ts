import { describe, expect, it } from 'vitest';
import { parseTicket } from '../../../lib/signing/ticket.ts';
import { versionIdOf } from '../../../lib/tickets/secrets.ts';
import { dueStage, effectsOf, label, look, looks, ticket, token } from './due-stage.ts';
import { appId, start, ticketStage } from './stage.ts';

describe('a tick', () => {
  it('only looks while the ticket is fresh', async () => {
    const stage = ticketStage();
    await stage.once();
    expect(looks(await effectsOf(stage, 'fresh'))).toEqual(look);
    expect(stage.effects).toHaveLength(3);
  });

  it('takes the lease, looks again, and stores what each phase has got before the next', async () => {
    const stage = await dueStage();
    const effects = await effectsOf(stage, 'age');
    expect(looks(effects)).toEqual(look);
    expect(effects[3]).toBe('UpdateItem');
    expect(looks(effects, 4)).toEqual(look);
    expect(effects.slice(7)).toEqual([...token, ...ticket, ...label]);
  });

  it('stores the ticket with what readers need, and the facts on the item', async () => {
    const stage = await dueStage();
    const before = stage.now();
    await stage.once();
    const stored = stage.ticket()!;
    const appSecretVersion = stage.secrets.versions('app-secret')[0]!.id;
    expect(stored).toMatchObject({ generation: 2, expireIn: 3_600, appSecretVersion });
    expect(stored.fetchedAt).toBeGreaterThan(before);
    expect(stage.office.accepts(stored.ticket)).toBe(true);
    expect(await stage.item.read()).toEqual({
      generation: 2,
      tokenAt: JSON.parse(stage.secrets.current('access-token')!).fetchedAt,
      currentVersionId: versionIdOf(appId, 2),
      appSecretVersion,
      suspectGeneration: 0,
      lastForced: [],
    });
    expect(JSON.parse(stage.secrets.current('access-token')!)).toMatchObject({ generation: 2, expireIn: 7_200 });
  });

  it('waits for the operator while there is no app secret', async () => {
    const stage = ticketStage({ appSecret: '' });
    expect(await stage.once()).toBe('no-app-secret');
    expect(stage.events).toMatchObject([{ level: 'warn', event: 'no-app-secret' }]);
    stage.secrets.write('app-secret', '  synthetic-app-secret\n');
    expect(await stage.once()).toBe('missing');
    expect(stage.working()).toBe(true);
  });

  it('makes a new generation where the secret holds garbage', async () => {
    const stage = await dueStage();
    stage.secrets.write('sign-ticket', 'garbage');
    expect(await stage.once()).toBe('missing');
    expect(stage.ticket()).toMatchObject({ generation: 2 });
  });

  it('that cannot look changes nothing and says so', async () => {
    const stage = await dueStage();
    stage.weather = (what) => (what === 'GetItem' ? { kind: 'refused' } : {});
    expect(await stage.once()).toBe('failed');
    expect(stage.named('refresh-failed')).toMatchObject([{ level: 'error', fault: 'TimeoutError' }]);
    expect(stage.office.count.tokens).toBe(1);
  });
});

it('the log holds no secret and no URL, whatever fails', async () => {
  const names = [...look, ...token, ...ticket, ...label];
  for (const name of names) {
    for (const kind of ['refused', 'lost'] as const) {
      const stage = await dueStage({ appSecret: 'canary-app-secret', office: { secret: 'canary-app-secret' } });
      stage.weather = (what) => (what === name ? { kind } : {});
      await stage.once();
      const secrets = ['access-token', 'sign-ticket'].flatMap((id) =>
        stage.secrets.versions(id).map(({ string }) => Object.values(JSON.parse(string!) as object)[0] as string),
      );
      expect(secrets.length).toBeGreaterThan(1);
      const text = stage.lines.join('');
      for (const secret of ['canary', 'http', 'secret=', ...secrets]) expect(text).not.toContain(secret);
      expect(start).toBeGreaterThan(0);
      expect(parseTicket(text)).toBeNull();
    }
  }
});
