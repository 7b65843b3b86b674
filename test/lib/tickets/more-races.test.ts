/** Races of the refresher, each with a test of its name: R13 to R22. R21 is in races.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTicket, usable } from '../../../lib/signing/ticket.ts';
import { dice } from '../../campaign/dice.ts';
import { crash, scenarios } from './crashes.ts';
import { age, foreign, newSecret, staged } from './due-stage.ts';
import { type Ending, schedule, startProcess } from './readers.ts';
import { hours, minutes, seconds, ticketStage } from './stage.ts';

describe('R13 two owners of one app id', () => {
  it.each([2, 7, 15])(
    'one that refreshes every %i minutes, for a day: limits hold, and somebody is told',
    async (every) => {
      const stage = await staged();
      await stage.once();
      const user = startProcess(stage);
      schedule(stage, 24 * hours);
      for (let at = 90 * seconds; at < 24 * hours; at += every * minutes) {
        stage.time.after(at, '', () => stage.office.foreignToken());
      }
      for (let at = 0; at < 24 * hours; at += 5 * seconds) stage.time.after(at, '', () => void user.call());
      const before = stage.secrets.versions('sign-ticket').length;
      const forced: number[] = [];
      for (let minute = 0; minute < 24 * 60; minute += 1) {
        await stage.pass(minutes);
        const { lastForced } = await stage.item.read();
        forced.push(...lastForced.filter((time) => !forced.includes(time)));
      }
      const gaps = forced.slice(1).map((time, index) => time - forced[index]!);
      expect(forced.length).toBeLessThanOrEqual(20);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(minutes);
      for (const time of forced) {
        expect(forced.filter((other) => other >= time && other < time + hours).length).toBeLessThanOrEqual(10);
      }
      const versions = stage.secrets.versions('sign-ticket').length - before;
      console.log(
        `a foreign token every ${every} min: ${forced.length} forced refreshes, ${versions} versions in 24 h`,
      );
      expect(versions).toBeLessThanOrEqual(92);
      expect(stage.named('foreign-refresh-suspected').length).toBeGreaterThan(0);
    },
  );
});

it('R14 the ticket in force is whole at every moment, and the old one is there until the new one is', async () => {
  for (const scenario of [age, foreign, newSecret]) {
    for (let at = 1; at <= 16; at += 1) {
      const stage = await staged(scenario);
      const inForce: (number | undefined)[] = [];
      stage.onEffect = () => inForce.push(stage.ticket()?.generation);
      stage.tick(crash('after', at));
      await stage.pass(minutes);
      await stage.once();
      expect(inForce.length).toBeGreaterThan(15);
      expect(inForce).toEqual(inForce.toSorted((a, b) => Number(a) - Number(b)));
      expect(inForce).not.toContain(undefined);
      expect(new Set(inForce).size).toBe(2);
    }
  }
});

describe('R15 the clock of the upstream is wrong', () => {
  it.each([-10, -1.1, 0, 0.9, 10])('by %d minutes: no matter for the life of a ticket', async (skew) => {
    const stage = await staged(age, { office: { skew: skew * minutes } });
    const before = stage.now();
    await stage.once();
    const ticket = stage.ticket()!;
    expect(ticket.fetchedAt - before).toBeLessThan(seconds);
    // Readers give it up 120 s before the upstream does, by our own clock alone.
    const last = ticket.fetchedAt + 3_480 * seconds;
    expect([usable(ticket, last - 1), usable(ticket, last)]).toEqual([true, false]);
    const diesAt = [3_599, 3_600].map((life) => stage.office.accepts(ticket.ticket, ticket.fetchedAt + life * seconds));
    expect(diesAt).toEqual([true, false]);
    expect(stage.named('clock-skew').length > 0).toBe(Math.abs(skew) > 1);
    if (Math.abs(skew) > 1)
      expect(stage.named('clock-skew').at(-1)).toMatchObject({ skewSeconds: Math.round(skew * 60) });
  });
});

describe('R16 expire_in is not what was expected', () => {
  const lives = [60, 90, 125, 150, 299, 300, 600, 1_200, 3_000, 3_600, 7_200];
  it.each(lives.flatMap((life) => [life, String(life)]))('%j', async (life) => {
    const stage = ticketStage({ office: { ticketLife: life } });
    const user = startProcess(stage);
    const endings: Ending[] = [];
    const duration = 3 * Math.max(20 * minutes, Number(life) * seconds);
    schedule(stage, duration);
    await stage.pass(2 * seconds);
    const refreshes: number[] = [];
    let generation = 1;
    for (let at = 0; at < duration; at += seconds) {
      void user.call(0).then((ending) => endings.push(ending));
      await stage.pass(seconds);
      if (stage.ticket()!.generation > generation) {
        generation = stage.ticket()!.generation;
        refreshes.push(stage.ticket()!.fetchedAt);
      }
    }
    // Never one that has ended: at worst none.
    expect(endings.filter((ending) => ending !== 'accepted' && ending !== 'no-ticket')).toEqual([]);
    const due = Math.min(20 * minutes, Number(life) * 400);
    const gaps = refreshes.slice(1).map((time, index) => time - refreshes[index]!);
    for (const gap of gaps) expect(gap - due).toBeGreaterThanOrEqual(0);
    for (const gap of gaps) expect(gap - due).toBeLessThanOrEqual(61 * seconds);
    // Between due and the end there must be a tick: 0.4 of the life, a minute, a run, 0.9 of it.
    if (Number(life) > 124) expect(endings).not.toContain('no-ticket');
    expect(stage.named('short-lived').length > 0).toBe(Number(life) < 300);
  });
});

it('R17 the app secret is changed: the outage is at most 75 s', async () => {
  const stage = await staged();
  await stage.once();
  schedule(stage, 10 * minutes);
  await stage.pass(3 * minutes + 100);
  stage.office.changeSecret('another-app-secret');
  await stage.pass(10 * seconds);
  stage.secrets.write('app-secret', 'another-app-secret');
  let outage = 10;
  for (; !stage.working(); outage += 1) await stage.pass(seconds);
  expect(outage).toBeLessThanOrEqual(75);
  // A later change of the value alone, too.
  stage.secrets.write('app-secret', 'another-app-secret');
  await stage.pass(61 * seconds);
  expect(stage.ticket()).toMatchObject({ appSecretVersion: stage.secrets.versions('app-secret').at(-1)!.id });
});

describe('R18 Secrets Manager is down while the ticket is stored', () => {
  it.each([1, 5, 10, 18, 30, 45, 60])('for %i s: working again within a tick and a run', async (outage) => {
    for (const hang of [0, 1_000, 3_300]) {
      const stage = await staged();
      schedule(stage, 10 * minutes);
      let downUntil = 0;
      stage.onEffect = (_, what) => {
        if (what === 'ticket call' && downUntil === 0) downUntil = stage.now() + outage * seconds;
      };
      stage.weather = (what) =>
        stage.now() < downUntil && what.includes('Secret') ? { kind: 'refused', back: hang } : {};
      let dead = 0;
      for (let second = 0; second < 240; second += 1) {
        await stage.pass(seconds);
        if (!stage.working()) dead += 1;
      }
      expect([stage.working(), (await stage.item.read()).intent]).toEqual([true, undefined]);
      // The old ticket lives on for a minute; what the run has in its memory it stores as soon as it can.
      expect(dead).toBeLessThanOrEqual(outage <= 18 ? 0 : 75);
    }
  });
});

it('R19 a thousand cold processes read once each, however many calls they have, and never together again', async () => {
  const stage = await staged();
  await stage.once();
  const users = Array.from({ length: 1_000 }, () => startProcess(stage, 200));
  const endings: Ending[] = [];
  for (const user of users)
    for (let call = 0; call < 20; call += 1) void user.call(0).then((ending) => endings.push(ending));
  await stage.pass(seconds);
  expect(endings).toHaveLength(20_000);
  expect(users.every(({ counts }) => counts.reads === 1)).toBe(true);
  // Their next reads are spread over eight seconds.
  const perSecond: number[] = [];
  for (let second = 0; second < 30; second += 1) {
    const before = users.reduce((sum, { counts }) => sum + counts.reads, 0);
    for (const user of users) void user.call(0);
    await stage.pass(seconds);
    perSecond.push(users.reduce((sum, { counts }) => sum + counts.reads, 0) - before);
  }
  expect(Math.max(...perSecond)).toBeLessThan(250);
});

describe('R20 the refusals are not about the ticket', () => {
  it('one refresh is forced, then no more, for a day; somebody is told', async () => {
    const stage = await staged();
    await stage.once();
    const user = startProcess(stage);
    schedule(stage, 24 * hours);
    for (let at = 0; at < 24 * hours; at += 5 * seconds) {
      stage.time.after(at, '', () => void user.call(100, () => false));
    }
    const before = stage.office.count.tokens;
    await stage.pass(24 * hours);
    const forced = stage.named('refreshed').filter(({ reason }) => reason === 'suspect');
    expect(forced).toHaveLength(1);
    expect(stage.named('auth-config').length).toBeGreaterThan(1_000);
    expect(stage.office.count.tokens - before).toBeLessThanOrEqual(73);
  });

  it('when they end, a dead ticket is healed again', async () => {
    const stage = await staged();
    await stage.once();
    const user = startProcess(stage);
    let broken = true;
    schedule(stage, 3 * hours);
    for (let at = 0; at < 3 * hours; at += 5 * seconds) {
      stage.time.after(at, '', () => void user.call(100, (ticket) => !broken && stage.office.accepts(ticket)));
    }
    await stage.pass(hours);
    broken = false;
    await stage.pass(45 * minutes);
    stage.office.foreignToken();
    await stage.pass(3 * minutes + 15 * seconds);
    expect([stage.working(), await user.reader.read()]).toEqual([true, stage.ticket()]);
  });
});

describe('R22 AWSPREVIOUS as a way out', () => {
  it('is read by nobody', async () => {
    const labels = new Set<unknown>();
    const roll = dice(22);
    for (let times = 0; times < 20; times += 1) {
      const stage = await staged(roll.one(scenarios));
      const { execute } = stage.secrets;
      stage.secrets.execute = (command) => {
        if (command.constructor.name === 'GetSecretValueCommand') {
          labels.add((command.input as { VersionStage?: string }).VersionStage);
        }
        return execute(command);
      };
      stage.tick(crash('after', roll.between(1, 16)));
      await stage.pass(minutes);
      await stage.once();
      expect(parseTicket(stage.secrets.current('sign-ticket'))).not.toBeNull();
    }
    expect(labels).toEqual(new Set([undefined]));
  });

  it('stands in no line of code', () => {
    const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) expect(readFileSync(`lib/${file}`, 'utf8')).not.toMatch(/['"`]AWSPREVIOUS/);
  });
});
