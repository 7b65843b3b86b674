/** Handlers of verifications: the two routes, and the end of the state machine. */
import type { Context as LambdaContext } from 'aws-lambda';
import type { Call, Context } from '../flow/context.ts';
import { createHandler, type Handler } from '../http/create-handler.ts';
import type { Reply } from '../http/middlewares.ts';
import { errorFields } from '../log.ts';
import { productionContext } from '../runtime.ts';
import { type Concluded, concludeVerification } from './conclude.ts';
import { startVerification } from './start.ts';
import { showVerification } from './view.ts';

/** The route that starts verifications. */
export const startRoute = 'POST /v1/verifications';
/** The route that shows one. */
export const showRoute = 'GET /v1/verifications/{verificationId}';

/** The handler of `POST /v1/verifications`. */
export function startVerificationHandler(context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    const { view, replayed } = await startVerification(call, surroundings);
    return { body: view, replayed, status: 202, facts: { verificationId: view.verificationId, status: 202 } };
  };
  return createHandler('start-verification', startRoute, run, context);
}

/** The handler of `GET /v1/verifications/{verificationId}`. */
export function showVerificationHandler(context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    const view = await showVerification(call, surroundings);
    const { verificationId, status: state, decision } = view;
    return { body: view, replayed: false, facts: { verificationId, state, verdict: decision?.verdict, status: 200 } };
  };
  return createHandler('get-verification', showRoute, run, context);
}

/** The handler of the state machine's last step: `{ verificationId }`. @throws when it may be called again */
export function decideVerificationHandler(
  context = productionContext,
): (event: { readonly verificationId: string }, lambda: LambdaContext) => Promise<Concluded> {
  return async ({ verificationId }, { awsRequestId: requestId }) => {
    const surroundings = context();
    try {
      const concluded = await concludeVerification(verificationId, surroundings);
      surroundings.log('info', 'verification-decided', { requestId, verificationId, verdict: concluded.verdict });
      return concluded;
    } catch (error) {
      surroundings.log('error', 'verification-not-decided', { requestId, verificationId, ...errorFields(error) });
      throw error;
    }
  };
}
