/** Functions that are killed after their work is done, as far as somebody else can see. */
import { type Around, crash } from '../../support/verification-run.ts';
import type { World } from '../../support/world.ts';

/** Everything is done but noting it. One step at a time. */
export const killedBeforeNoting =
  (world: World, error = crash('States.Timeout')): Around =>
  async ({ step }, invoke) => {
    const { verifications } = world.context;
    const { stepEnded } = verifications;
    verifications.stepEnded = async (id, state) => {
      if (state.step === step) throw new Error('killed');
      return stepEnded(id, state);
    };
    await invoke().catch(() => {});
    verifications.stepEnded = stepEnded;
    throw error;
  };
