/** The state machine of the synthesised template, as Step Functions would read it. */
import { type Synthesised, target } from './synthesise.ts';

/** A state; what it holds depends on its type. */
// biome-ignore lint/suspicious/noExplicitAny: states are JSON of many shapes, and assertions say which.
export type State = Readonly<Record<string, any>>;

/** A machine, or a branch of one. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

/** The only state machine of a stage: logical id, properties and definition, functions named by their logical ids. */
export function machineOf(stage: Synthesised) {
  const [found, ...others] = stage.all('AWS::StepFunctions::StateMachine');
  if (!found || others.length > 0) throw new Error('The stage must have one state machine.');
  const [id, { Properties: properties }] = found;
  const definition: Machine = JSON.parse(target(properties.DefinitionString));
  return { id, properties, definition };
}

/** All states, those of branches included. */
export const statesIn = ({ States }: Machine): readonly (readonly [name: string, state: State])[] =>
  Object.entries(States).flatMap(([name, state]) => [
    [name, state] as const,
    ...((state.Branches as readonly Machine[] | undefined) ?? []).flatMap(statesIn),
  ]);
