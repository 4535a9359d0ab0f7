import { urlSuffix } from './expected';

/** Any value of a template. */
export type Json = any;

/** What CloudFormation would fill in, as far as the manifest tells; the rest stays in braces. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** Account and region of a stack, from a text such as `aws://111122223333/unknown-region`. */
export function environmentOf(text: string): Environment {
  const [account, region] = text.replace('aws://', '').split('/');
  return {
    account: account === 'unknown-account' ? '${AWS::AccountId}' : account,
    region: region === 'unknown-region' ? '${AWS::Region}' : region,
  };
}

/**
 * A template as a plain tree, so that two can be compared leaf by leaf: functions become text, text that is JSON
 * becomes a tree, statements become sets of what they allow, and so do dependencies.
 */
export function plain(value: Json, environment: Environment): Json {
  if (Array.isArray(value)) {
    return value.map((item) => plain(item, environment));
  }
  if (typeof value === 'string') {
    return parsed(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const text = evaluate(value, environment);
  if (text !== undefined) {
    return parsed(text);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const inner = plain(item, environment);
      if (key === 'Statement') {
        return [key, statements(inner)];
      }
      return [key, key === 'DependsOn' ? asSet([inner].flat()) : inner];
    }),
  );
}

function parsed(text: string): Json {
  if (!/^\s*[[{]/.test(text)) {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function asSet(items: string[]): Record<string, true> {
  return Object.fromEntries(items.map((item) => [item, true]));
}

/** One entry for each action on each resource: CDK folds statements, and a grant may move them. */
function statements(value: Json): Json {
  const list = [value].flat();
  if (list.some((one) => typeof one !== 'object' || one === null || 'Fn::If' in one)) {
    return value;
  }
  return asSet(
    list.flatMap(({ Effect, Action, Resource, ...rest }: Json) =>
      [Action].flat().flatMap((action) =>
        [Resource].flat().map((resource) => {
          const { Sid, ...others } = rest;
          return [Effect, action, JSON.stringify(resource), JSON.stringify(others)].join(' ');
        }),
      ),
    ),
  );
}

/** The text that a function gives, with the names of what is not known in braces; nothing if it is no text. */
export function evaluate(value: Json, environment: Environment): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return ['string', 'number'].includes(typeof value) ? String(value) : undefined;
  }
  const [name, ...others] = Object.keys(value);
  if (others.length > 0) {
    return undefined;
  }
  const argument = value[name];
  switch (name) {
    case 'Ref':
      return reference(argument, environment);
    case 'Fn::GetAtt':
      return `\${${[argument].flat().join('.')}}`;
    case 'Fn::ImportValue':
      return `\${import ${evaluate(argument, environment) ?? JSON.stringify(argument)}}`;
    case 'Fn::Join': {
      const [separator, list] = argument;
      return Array.isArray(list)
        ? list.map((item) => evaluate(item, environment) ?? `\${${JSON.stringify(item)}}`).join(separator)
        : undefined;
    }
    case 'Fn::Sub':
      return typeof argument === 'string'
        ? argument.replace(/\$\{([\w:.]+)\}/g, (_, variable) => reference(variable, environment))
        : undefined;
    case 'Fn::Select': {
      const list = listOf(argument[1], environment);
      return list?.[Number(argument[0])] ?? `\${${JSON.stringify(value)}}`;
    }
    default:
      return undefined;
  }
}

function listOf(value: Json, environment: Environment): string[] | undefined {
  if (value?.['Fn::Split']) {
    const [separator, text] = value['Fn::Split'];
    const whole = evaluate(text, environment);
    // What stands in braces may hold the separator.
    return whole === undefined || whole.includes('${') ? undefined : whole.split(separator);
  }
  return Array.isArray(value) ? value.map((item) => evaluate(item, environment) ?? '') : undefined;
}

function reference(name: string, { account, region }: Environment): string {
  const known: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::URLSuffix': urlSuffix(region),
  };
  return known[name] ?? `\${${name}}`;
}

/** All leaves of a plain tree, by their paths. */
export function leaves(value: Json, path = '', found = new Map<string, Json>()): Map<string, Json> {
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) {
      found.set(`${path} (empty)`, true);
    }
    entries.forEach(([key, item]) => leaves(item, path ? `${path} > ${key}` : key, found));
  } else {
    found.set(path, value);
  }
  return found;
}
