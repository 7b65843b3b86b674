/** The SIGN ticket as operations see it: read from Secrets Manager, kept for a moment, never made here. */

/** What the ticket secret holds (reliability: TKT-7). Times are epoch milliseconds of our own clock. */
export interface Ticket {
  readonly ticket: string;
  /** Grows by one with every refresh. */
  readonly generation: number;
  /** When it was received. */
  readonly fetchedAt: number;
  /** Seconds it lives from then on. */
  readonly expireIn: number;
  /** Version of the app secret it was made with. */
  readonly appSecretVersion: string;
}

/** Reads a ticket out of the secret's text; null for anything that is not one. */
export function parseTicket(text: string | undefined): Ticket | null {
  try {
    const { ticket, generation, fetchedAt, expireIn, appSecretVersion } = JSON.parse(text ?? '') as Ticket;
    const numbers = [generation, fetchedAt, expireIn];
    if (typeof ticket !== 'string' || ticket === '' || !numbers.every(Number.isFinite)) return null;
    return { ticket, generation, fetchedAt, expireIn, appSecretVersion: String(appSecretVersion ?? '') };
  } catch {
    return null;
  }
}

/** Readers stop using a ticket this long before its end: 120 s, or a tenth of a very short life. */
export const safety = (ticket: Ticket): number => Math.min(120_000, ticket.expireIn * 100);

/** Whether a ticket may still sign at `now`. */
export const usable = (ticket: Ticket, now: number): boolean =>
  now < ticket.fetchedAt + ticket.expireIn * 1000 - safety(ticket);

/** Gives operations a live ticket. */
export interface TicketReader {
  /** A usable ticket, at most about 24 s old in memory; null when there is none. */
  read(): Promise<Ticket | null>;
  /** The same, past the memory: after the upstream refused a ticket. */
  reread(): Promise<Ticket | null>;
}

/**
 * How long a ticket stays in memory, in milliseconds; spread by up to a fifth either way (TKT-9). 24 s of memory, 10 s
 * until a new ticket is in force and 20 s of a call keep within the minute for which the old one lives on.
 */
const memory = 20_000;
/** After a read that failed, a ticket that still serves is not read again for so long: each call would wait for it. */
const pause = 5_000;

/**
 * A reader with a short memory and one read in flight. When the store fails, the remembered ticket serves as long as it
 * is usable.
 */
export function ticketReader(
  load: () => Promise<string | undefined>,
  now: () => number,
  random: () => number,
): TicketReader {
  let known: Ticket | null = null;
  let freshUntil = 0;
  let inFlight: Promise<void> | null = null;

  const fetchOnce = (): Promise<void> => {
    inFlight ??= load()
      .then((text) => {
        known = parseTicket(text) ?? known;
        freshUntil = known ? now() + memory * (0.8 + 0.4 * random()) : 0;
      })
      .catch(() => {
        freshUntil = now() + pause;
      })
      .finally(() => {
        inFlight = null;
      });
    return inFlight;
  };
  const current = (): Ticket | null => (known && usable(known, now()) ? known : null);

  return {
    async read() {
      // Without a usable ticket there is nothing to lose by asking each time.
      if (now() >= freshUntil || !current()) await fetchOnce();
      return current();
    },
    async reread() {
      // A read that is under way may have begun before the refusal that led here.
      if (inFlight) await inFlight;
      await fetchOnce();
      return current();
    },
  };
}
