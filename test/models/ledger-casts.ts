/** Who takes part in the explorations of the order model. */
import type { Cast, Flaw } from './ledger-model.ts';

/** Explored in every run: some tenthousands of states each. */
export const smallCasts: readonly Cast[] = [
  { attempts: ['buy', 'buy'], resolvers: 1, query: 'proves' },
  { attempts: ['buy', 'buy'], resolvers: 1, query: 'finds' },
  { attempts: ['buy', 'buy'], resolvers: 1, query: 'none' },
  { attempts: ['challenge', 'verify'], resolvers: 1, query: 'none' },
];

/** Explored in the long run: a million states and more. */
export const largeCasts: readonly Cast[] = [
  { attempts: ['buy', 'buy', 'buy'], resolvers: 1, query: 'proves' },
  { attempts: ['buy', 'buy', 'buy'], resolvers: 1, query: 'finds' },
  { attempts: ['buy', 'buy'], resolvers: 2, query: 'proves' },
  { attempts: ['challenge', 'challenge', 'verify'], resolvers: 1, query: 'none' },
  { attempts: ['challenge', 'verify', 'verify'], resolvers: 1, query: 'none' },
];

/** The designs that are known to be wrong, and what they break. */
export const flaws: readonly { readonly flaw: Flaw; readonly breaks: string }[] = [
  { flaw: 'blind-retry', breaks: 'buy was worked on 2 times' },
  { flaw: 'takeover', breaks: 'buy was worked on 2 times' },
  { flaw: 'unfenced-sent', breaks: 'buy was worked on 2 times' },
  { flaw: 'hasty-not-found', breaks: 'not-charged, but charged' },
];
