import { describe, expect, it } from 'vitest';
import { crash } from './crashes.ts';
import { dueStage, effectsOf, label, resume, ticket, token } from './due-stage.ts';
import { minutes, seconds } from './stage.ts';

describe('after a crash the next tick goes on', () => {
  /** The number of an effect in the run that is due: three reads, the lease, three reads, then the phases. */
  const upTo = (effects: readonly string[]) => 7 + effects.length;

  it.each<[where: string, at: number, effects: readonly string[]]>([
    ['the lease', 4, [...token, ...ticket, ...label]],
    ['the intent', upTo(token.slice(0, 1)), [...resume, ...token, ...ticket, ...label]],
    ['the token call', upTo(token.slice(0, 2)), [...resume, ...token, ...ticket, ...label]],
    ['the token was stored', upTo(token), [...resume, ...ticket, ...label]],
    ['the ticket call was announced', upTo([...token, ...ticket.slice(0, 1)]), [...resume, ...ticket, ...label]],
    ['the ticket call', upTo([...token, ...ticket.slice(0, 2)]), [...resume, ...ticket, ...label]],
    ['the ticket was stored', upTo([...token, ...ticket]), [resume[0]!, ...label]],
    ['the move was announced', upTo([...token, ...ticket, ...label.slice(0, 1)]), [resume[0]!, ...label]],
    ['the label moved', upTo([...token, ...ticket, ...label.slice(0, 2)]), [resume[0]!, label[0]!, label[2]!]],
  ])('after %s', async (_, at, expected) => {
    const stage = await dueStage();
    stage.tick(crash('after', at));
    await stage.pass(minutes);
    const effects = await effectsOf(stage, at === 4 ? 'age' : 'intent');
    expect(effects.slice(7)).toEqual(expected);
    expect(stage.working()).toBe(true);
    expect(await effectsOf(stage, 'fresh')).toHaveLength(3);
  });

  it('and does not believe in a token that has grown old', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo(token)));
    await stage.pass(21 * minutes);
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
  });

  it('nor in a ticket of another app secret', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo([...token, ...ticket])));
    await stage.pass(minutes);
    stage.office.changeSecret('another');
    stage.secrets.write('app-secret', 'another');
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
    expect(stage.working()).toBe(true);
  });

  it('and does not believe in a token that another was called for after, even while it lives', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo(token)));
    await stage.pass(5 * seconds);
    stage.office.foreignToken();
    await stage.pass(65 * seconds);
    // Goes on, is refused, calls for another token, and crashes before it is stored.
    const first = 7 + resume.length + ['UpdateItem', 'ticket call'].length;
    stage.tick(crash('after', first + token.slice(0, 2).length));
    await stage.pass(minutes);
    expect(JSON.parse(stage.secrets.current('access-token')!)).toMatchObject({ generation: 2 });
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 4]);
  });

  it('and does not put a ticket in force, or leave it there, that has been reported', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo([...token, ...ticket, ...label.slice(0, 2)])));
    await stage.pass(minutes);
    await stage.item.report(stage.ticket()!.generation);
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 3]);
  });

  it('and does not put an older ticket in the place of a newer one', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo([...token, ...ticket])));
    await stage.pass(minutes);
    stage.secrets.write('sign-ticket', JSON.stringify({ ...stage.ticket()!, generation: 5 }));
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 6]);
  });

  it('and fetches another token in the same run when the stored one has ended', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo(token)));
    await stage.pass(5 * seconds);
    stage.office.foreignToken();
    await stage.pass(65 * seconds);
    const effects = (await effectsOf(stage, 'intent')).slice(7);
    expect(effects).toEqual([...resume, 'UpdateItem', 'ticket call', ...token, ...ticket, ...label]);
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 3]);
  });
});
