/** `npm start`: runs stage `local` on this machine until Ctrl-C. */
import { readLocalEnvironment } from '../../lib/env.ts';
import { checkDigit } from '../../lib/identity.ts';
import { launch } from './launch.ts';
import { readOptions, usage } from './options.ts';

/** A person who does not exist: the name says "specimen". */
const specimen = { name: '样本甲', idNo: '99010119900101001' };

function sampleCall(url: string): string {
  const body = JSON.stringify({ ...specimen, idNo: specimen.idNo + checkDigit(specimen.idNo) });
  return `curl -s ${url}/v1/liveness/challenge -H 'content-type: application/json' -d '${body}'`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), readLocalEnvironment());
  if (!options) return console.log(usage);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const { url, stop } = await launch(options, (line) => console.log(line), interrupted.signal);
  interrupted.signal.addEventListener('abort', () => void stop().then(() => process.exit(0)));
  console.log(`Signet is ready on ${url}`);
  console.log(sampleCall(url));
}

try {
  await main();
} catch (error) {
  if ((error as Error).name === 'AbortError') process.exit(0);
  // One line, whatever it was; a stack would only bury it.
  console.error((error as Error).message.split('\n', 1)[0]);
  process.exit(1);
}
