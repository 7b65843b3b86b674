/** Resolves the CloudFormation functions that a synthesised template uses, without CloudFormation. */

/** A plain object, as JSON has it. */
export type Json = Record<string, unknown>;

/** One resource of a template. */
export interface Resource {
  Type: string;
  Properties?: Json;
  Metadata?: Json;
  Condition?: string;
}

/** The parts of a CloudFormation template that matter for running it. */
export interface Template {
  Parameters?: Record<string, { Type?: string; Default?: unknown; AllowedPattern?: string; AllowedValues?: unknown[] }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Json>>;
  Resources: Record<string, Resource>;
}

/** What a resource is called once it exists: the value of `Ref`, and of each `Fn::GetAtt`. */
export interface Physical {
  ref: string;
  attribute: (name: string) => string;
}

/** Everything a template leaves open. */
export interface Surroundings {
  parameters: Record<string, string>;
  pseudo: Record<string, string>;
  physical: (logicalId: string) => Physical;
}

/** Resolves values of one template; `undefined` stands for `AWS::NoValue`. */
export interface Resolver {
  value: (input: unknown) => unknown;
  condition: (name: string) => boolean;
}

/** True for a plain object. */
export const isObject = (input: unknown): input is Json =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** A scalar of a template as text. */
export const asText = (input: unknown): string => (typeof input === 'string' ? input : (JSON.stringify(input) ?? ''));

/** Makes the resolver of one template. It throws on an intrinsic or a reference it does not know. */
export function createResolver(template: Template, around: Surroundings): Resolver {
  const reference = (name: string): string | undefined => {
    if (name === 'AWS::NoValue') return undefined;
    if (name in around.pseudo) return around.pseudo[name];
    if (name in around.parameters) return around.parameters[name];
    if (name in template.Resources) return around.physical(name).ref;
    throw new Error(`The template refers to ${name}, which it does not define.`);
  };
  const attribute = (input: unknown): string => {
    const [name, key] = typeof input === 'string' ? splitOnce(input, '.') : (input as [string, string]);
    if (!(name in template.Resources)) throw new Error(`The template refers to ${name}, which it does not define.`);
    return around.physical(name).attribute(String(value(key)));
  };
  const substitute = (input: unknown): string => {
    const [text, names] = typeof input === 'string' ? [input, {}] : (input as [string, Json]);
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in names) return String(value(names[name]));
      return name.includes('.') ? attribute(name) : String(reference(name));
    });
  };
  const condition = (name: string): boolean => {
    if (!(name in (template.Conditions ?? {}))) throw new Error(`The template has no condition ${name}.`);
    return holds(template.Conditions?.[name]);
  };
  const holds = (input: unknown): boolean => {
    const [name, args] = Object.entries(input as Json)[0] ?? ['nothing', undefined];
    if (name === 'Fn::Equals') return value((args as unknown[])[0]) === value((args as unknown[])[1]);
    if (name === 'Fn::Not') return !holds((args as unknown[])[0]);
    if (name === 'Fn::And') return (args as unknown[]).every(holds);
    if (name === 'Fn::Or') return (args as unknown[]).some(holds);
    if (name === 'Condition') return condition(args as string);
    throw new Error(`The template uses ${name} in a condition, which the local stage does not know.`);
  };
  const intrinsics: Record<string, (args: unknown) => unknown> = {
    Ref: (args) => reference(args as string),
    'Fn::GetAtt': attribute,
    'Fn::Sub': substitute,
    'Fn::Join': (args) => {
      const [separator, parts] = args as [string, unknown];
      return (value(parts) as unknown[]).join(separator);
    },
    'Fn::Split': (args) => {
      const [separator, text] = args as [string, unknown];
      return String(value(text)).split(separator);
    },
    'Fn::Select': (args) => {
      const [index, list] = args as [unknown, unknown];
      return (value(list) as unknown[])[Number(value(index))];
    },
    'Fn::If': (args) => {
      const [name, yes, no] = args as [string, unknown, unknown];
      return value(condition(name) ? yes : no);
    },
    'Fn::FindInMap': (args) => {
      const [map, top, second] = (value(args) as string[]) ?? [];
      return template.Mappings?.[map ?? '']?.[top ?? '']?.[second ?? ''];
    },
  };
  const value = (input: unknown): unknown => {
    if (Array.isArray(input)) return input.map(value).filter((item) => item !== undefined);
    if (!isObject(input)) return input;
    const keys = Object.keys(input);
    const [only] = keys;
    if (keys.length === 1 && only !== undefined && (only === 'Ref' || only.startsWith('Fn::'))) {
      const intrinsic = intrinsics[only];
      if (!intrinsic) throw new Error(`The template uses ${only}, which the local stage does not know.`);
      return intrinsic(input[only]);
    }
    const entries = keys.map((key) => [key, value(input[key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { value, condition };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

/** The values of a template's parameters: the overrides, else the defaults. Throws on unknown or forbidden ones. */
export function parameterValues(template: Template, overrides: Record<string, string>): Record<string, string> {
  const declared = template.Parameters ?? {};
  const values: Record<string, string> = {};
  for (const name of Object.keys(overrides)) {
    if (!(name in declared)) throw new Error(`The template has no parameter ${name}.`);
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const given = overrides[name] ?? parameter.Default;
    if (given === undefined) throw new Error(`The template's parameter ${name} needs a value.`);
    const text = asText(given);
    const { AllowedPattern: pattern, AllowedValues: allowed } = parameter;
    if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(text)) {
      throw new Error(`The value of the template's parameter ${name} does not match ${pattern}.`);
    }
    if (allowed !== undefined && !allowed.map(String).includes(text)) {
      throw new Error(`The value of the template's parameter ${name} is not one of ${allowed.join(', ')}.`);
    }
    values[name] = text;
  }
  return values;
}
