import { Construct } from 'constructs';
import { holdsDocument, Problem, refuse } from './errors';
import { holdsToken } from './tokens';

/** What a value has to be. Compilers and jsii see to that; plain JavaScript and casts do not. */
export interface Shape {
  /** As messages say it: `a string`. */
  readonly name: string;
  readonly fits: (value: any) => boolean;
}

/** The shapes of the members of an object, all of them. */
export type Shapes<T> = { readonly [member in keyof Required<T>]: Shape };

/** For what has checks of its own. */
export const ANYTHING: Shape = { name: 'anything', fits: () => true };
export const TEXT: Shape = { name: 'a string', fits: (value) => typeof value === 'string' };
export const NUMBER: Shape = { name: 'a number', fits: (value) => typeof value === 'number' };
export const FLAG: Shape = { name: 'true or false', fits: (value) => typeof value === 'boolean' };
export const OBJECT: Shape = {
  name: 'an object',
  fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
export const CONSTRUCT: Shape = { name: 'a construct', fits: (value) => Boolean(Construct.isConstruct(value)) };

/** Ids stand in templates and messages, so that what may be the value of a secret is none. */
export const ID: Shape = {
  name: 'a string without JSON in it',
  fits: (value) => TEXT.fits(value) && !holdsDocument(value),
};

/** One of the values of an enum, or a token. */
export function oneOf(values: object): Shape {
  const members = Object.values(values);
  return {
    name: `one of ${members.join(', ')}`,
    fits: (value) => members.includes(value) || (typeof value === 'string' && holdsToken(value)),
  };
}

/** Classes are told by a method: the class itself may be that of another copy of its package. */
export function withMethod(name: string, method: string): Shape {
  return { name, fits: (value) => typeof value === 'object' && typeof value?.[method] === 'function' };
}

export function constructWith(name: string, text: string): Shape {
  return { name, fits: (value) => CONSTRUCT.fits(value) && TEXT.fits(value[text]) };
}

export function listOf(item: Shape): Shape {
  // Array.from: a hole is no item.
  return {
    name: `a list, and each item ${item.name}`,
    fits: (value) => Array.isArray(value) && Array.from(value).every(item.fits),
  };
}

export function mapOf(item: Shape): Shape {
  return {
    name: `an object, and each value ${item.name}`,
    fits: (value) => OBJECT.fits(value) && Object.values(value).every(item.fits),
  };
}

/** What is wrong with a value that has to be given. */
export function valueProblems(name: string, value: unknown, shape: Shape): Problem[] {
  return shape.fits(value)
    ? []
    : [{ what: `${name} is of the wrong type`, given: value, allowed: shape.name, fix: 'give a value of that type' }];
}

/** What is wrong with the members of an object that are given; nothing where the object itself is left out. */
export function memberProblems<T extends object>(name: string, object: T | undefined, shapes: Shapes<T>): Problem[] {
  if (object === undefined) {
    return [];
  }
  if (!OBJECT.fits(object)) {
    return [
      {
        what: `${name} is of the wrong type`,
        given: object,
        allowed: `an object with ${Object.keys(shapes).join(', ')}`,
        fix: 'give such an object',
      },
    ];
  }
  // Every construct comes here: what is right is read, and nothing is made of it.
  const problems: Problem[] = [];
  for (const member of Object.keys(shapes) as (keyof T & string)[]) {
    const [shape, value]: [Shape, unknown] = [shapes[member], object[member]];
    if (value !== undefined && !shape.fits(value)) {
      problems.push({
        what: `${member} is of the wrong type`,
        given: value,
        allowed: shape.name,
        fix: `give a value of that type, or leave out ${member}`,
      });
    }
  }
  return problems;
}

/** Gives the scope of a new construct back, once scope and id are fit to make one. */
export function checkedScope<T>(scope: T, id: string): T {
  refuse([...valueProblems('scope', scope, CONSTRUCT), ...valueProblems('id', id, ID)]);
  return scope;
}
