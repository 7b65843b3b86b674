/**
 * The way of a refresh, phase by phase: an access token, a ticket made with it, the ticket in force. Before each phase the
 * intent says so, and what a phase has got is stored before the next one; so whoever comes after a crash goes on there.
 */
import { parseTicket, type Ticket } from '#signing';
import { errorFields } from '../log.ts';
import { type Issued, NotIssued, perhapsIssued, worthRepeating } from './calls.ts';
import { whereToGoOn } from './resume.ts';
import { insist, LabelLost, LeaseLost, type Run } from './run.ts';
import { versionIdOf } from './secrets.ts';
import type { Change, Phase } from './store.ts';
import type { AccessToken } from './token.ts';

/** Tries of a call (TKT-5), and of what the refresh can do without. */
const tries = 3;
/** A ticket that lives shorter (s) may be dead before the tick that replaces it (R16). */
const shortLived = 300;
/** Seconds by which the upstream's clock may be off before somebody should know (R15). */
const skewed = 60;

/** Carries a refresh to its end. @throws whatever ends it earlier; the intent then tells where it was */
export async function carryOut(run: Run): Promise<void> {
  let phase: Phase | 'done' = await whereToGoOn(run);
  while (phase !== 'done') {
    // A new token makes worthless what the one before it made: nothing stored so far belongs to the intent any more.
    if (phase === 'token') run.generation += 1;
    run.phase = phase;
    await note(run, {
      intent: { owner: run.owner, phase, at: run.intentAt, generation: run.generation },
      lastForced: run.lastForced,
    });
    phase = await phases[phase](run);
  }
}

/** A write of the lease holder. */
async function note(run: Run, change: Change): Promise<void> {
  if (!(await insist(run, () => run.parts.item.change(run.owner, change)))) throw new LeaseLost();
}

const phases: Readonly<Record<Phase, (run: Run) => Promise<Phase | 'done'>>> = {
  async token(run) {
    const { parts, standing, generation } = run;
    const worth = (error: unknown) => {
      run.issued ||= perhapsIssued(error);
      return worthRepeating(error);
    };
    const call = (timeout: number) => parts.calls.accessToken(standing.appSecret, timeout);
    const issued = await insist(run, call, { tries, worth });
    run.issued = true;
    run.tokenIsNew = true;
    run.token = issued.value;
    const token: AccessToken = { token: issued.value, ...received(run, issued) };
    run.tokenAt = token.fetchedAt;
    const store = () =>
      parts.accessToken.put(JSON.stringify(token), versionIdOf(parts.appId, generation), 'AWSCURRENT');
    // Without it this run can go on all the same; only a later one could not.
    await insist(run, store, { tries }).catch((error) => parts.log('error', 'token-not-stored', errorFields(error)));
    return 'ticket';
  },

  async ticket(run) {
    const { parts, generation } = run;
    let issued: Issued;
    try {
      issued = await insist(run, (timeout) => parts.calls.signTicket(run.token, timeout), {
        tries,
        worth: worthRepeating,
      });
    } catch (error) {
      // A token that an earlier run got may have ended since.
      if (!run.tokenIsNew && error instanceof NotIssued && error.kind === 'refused') return 'token';
      throw error;
    }
    const ticket: Ticket = { ticket: issued.value, ...received(run, issued) };
    await insist(run, () =>
      parts.signTicket.put(JSON.stringify(ticket), versionIdOf(parts.appId, generation), 'AWSPENDING'),
    );
    return 'label';
  },

  async label(run) {
    const { parts, standing, generation } = run;
    const versionId = versionIdOf(parts.appId, generation);
    const moved = await insist(run, () => parts.signTicket.promote(versionId, standing.versionId));
    if (!moved) {
      const other = parseTicket((await parts.signTicket.read())?.text);
      throw new LabelLost(Math.max(generation, other?.generation ?? 0));
    }
    await note(run, {
      generation,
      tokenAt: run.tokenAt,
      currentVersionId: versionId,
      appSecretVersion: standing.appSecretVersion,
      intent: undefined,
      leaseOwner: undefined,
      leaseUntil: undefined,
    });
    return 'done';
  },
};

/** The facts about a credential that has just arrived. Its life is measured by our own clock alone (TKT-7). */
function received({ parts: { now, log }, standing, generation }: Run, { expireIn, upstreamClock }: Issued) {
  const fetchedAt = now();
  const skewSeconds = upstreamClock === null ? 0 : Math.round((upstreamClock - fetchedAt) / 1_000);
  if (Math.abs(skewSeconds) > skewed) log('warn', 'clock-skew', { skewSeconds });
  if (expireIn < shortLived) log('error', 'short-lived', { generation, ms: expireIn * 1_000 });
  return { generation, fetchedAt, expireIn, appSecretVersion: standing.appSecretVersion };
}
