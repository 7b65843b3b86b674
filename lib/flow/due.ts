/** What the schedule does with everything that is due: some at a time, while there is time. */
import type { Item } from '../store/attributes.ts';
import type { Page } from '../store/table.ts';

/** Keys that one page of the index holds at most. */
const pageSize = 100;

/** Everything that is due, and what is done with each of it. */
export interface Due {
  /** One page of keys, the most overdue first. */
  readonly page: (limit: number, from?: Item) => Promise<Page>;
  /** How many are worked on in one run, and how many of them at the same time. */
  readonly most: number;
  readonly lanes: number;
  /** Whether there is time to begin another one. */
  readonly hasTime: () => boolean;
  /** Works on one; whatever it throws is its own to tell. */
  readonly work: (key: string) => Promise<void>;
}

/** Works on what is due. @throws what DynamoDB throws while the index is read */
export async function workOff({ page, most, lanes, hasTime, work }: Due): Promise<void> {
  async function* keysOf(): AsyncGenerator<string, undefined> {
    let given = 0;
    for (let from: Item | undefined; given < most; ) {
      const { keys, next } = await page(Math.min(pageSize, most - given), from);
      yield* keys;
      given += keys.length;
      if (!next) return;
      from = next;
    }
  }
  const due = keysOf();
  async function lane(): Promise<void> {
    while (hasTime()) {
      const { value: key, done } = await due.next();
      if (done) return;
      await work(key);
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
}
