import { type TicketReader, ticketReader } from '../../../lib/signing/ticket.ts';
import type { TicketStage } from './stage.ts';

/** How a call ended: signed once, signed again with a newer ticket, ended with 503 after a refusal, or without a ticket. */
export type Ending = 'accepted' | 'signed-again' | 'refused' | 'no-ticket';

/** A process that reads the ticket and makes calls with it, as operations do (TKT-8). */
export function startProcess(stage: TicketStage, latency = 10) {
  const { time, roll } = stage;
  const wait = (milliseconds: number) => new Promise<void>((resolve) => time.after(milliseconds, '', resolve));
  const counts = { reads: 0, rejections: 0, reports: 0 };
  const load = async (): Promise<string | undefined> => {
    counts.reads += 1;
    await wait(latency / 2);
    const text = stage.secrets.current('sign-ticket');
    await wait(latency / 2);
    return text;
  };
  const reader: TicketReader = ticketReader(load, stage.now, roll.fraction);

  return {
    counts,
    reader,
    /** One call whose body takes so long to arrive; the signature is checked then. */
    async call(upload = 100, accepts = (ticket: string) => stage.office.accepts(ticket)): Promise<Ending> {
      const ticket = await reader.read();
      if (!ticket) return 'no-ticket';
      await wait(upload);
      if (accepts(ticket.ticket)) return 'accepted';
      counts.rejections += 1;
      const newer = await reader.reread();
      if (newer && newer.generation !== ticket.generation) {
        await wait(upload);
        if (accepts(newer.ticket)) return 'signed-again';
        counts.rejections += 1;
      }
      counts.reports += 1;
      await stage.item.report((newer ?? ticket).generation);
      return 'refused';
    },
  };
}

/** Ticks at each minute from now on. `happens` says how often a tick is delivered, by default once. */
export function schedule(stage: TicketStage, duration: number, happens: (tick: number) => number = () => 1): void {
  for (let tick = 0; tick * 60_000 < duration; tick += 1) {
    stage.time.after(tick * 60_000, '', () => {
      for (let copies = happens(tick); copies > 0; copies -= 1) stage.tick();
    });
  }
}
