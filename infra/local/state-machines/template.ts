import { isObject } from '../intrinsics.ts';
import type { Found, StateMachineModel } from '../model.ts';

/** Reads a state machine of a template; `name` is the construct's. Throws where its definition is not in the template. */
export function stateMachineModel({ logicalId, properties, physical }: Found, name: string): StateMachineModel {
  const { StateMachineType: type = 'STANDARD', DefinitionString: text, DefinitionSubstitutions: holes } = properties;
  const definition: unknown = typeof text === 'string' ? JSON.parse(text) : properties.Definition;
  if (type !== 'STANDARD' || holes !== undefined || !isObject(definition)) {
    throw new Error(
      `The local stage runs standard state machines whose whole definition is in the template (${logicalId}).`,
    );
  }
  return { name, arn: physical.ref, definition };
}
