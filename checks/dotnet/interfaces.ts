import { join } from 'path';
import {
  ALL_SPEC_FEATURES,
  ClassType,
  InterfaceType,
  loadAssemblyFromPath,
  Method,
  Property,
  Type,
  TypeKind,
} from '@jsii/spec';

/** The packages whose interfaces ours extend. */
export const CDK = ['aws-cdk-lib', 'constructs'] as const;

/** A member of an interface. */
export interface Member {
  /** The full name of the interface that declares it, as in `constructs.IConstruct`. */
  readonly declaredBy: string;
  readonly name: string;
  /** What .NET compares besides the name, as text. */
  readonly signature: string;
}

/** A member of the newest CDK that the lowest does not have, or has with another signature. */
export interface Growth extends Member {
  /** The full names of the types of ours that inherit it. */
  readonly heirs: string[];
}

/** The types of some packages, by their full names. */
export type Types = ReadonlyMap<string, Type>;

export function typesOf(...directories: string[]): Types {
  const types = directories.flatMap((directory) =>
    Object.values(loadAssemblyFromPath(directory, false, [...ALL_SPEC_FEATURES]).types ?? {}),
  );
  return new Map(types.map((type) => [type.fqn, type]));
}

/** The types of the CDK that is in a `node_modules`. */
export function cdkIn(nodeModules: string): Types {
  return typesOf(...CDK.map((name) => join(nodeModules, name)));
}

/**
 * The types for which jsii writes all members of their interfaces into our own C# code: interfaces that are not
 * structs, and classes that inherit none of them.
 */
export function implementersIn(library: Types): (InterfaceType | ClassType)[] {
  return [...library.values()].filter(
    (type) => (type.kind === TypeKind.Interface && !type.datatype) || (type.kind === TypeKind.Class && !type.base),
  ) as (InterfaceType | ClassType)[];
}

/** What the types of a library inherit from the interfaces of the newest CDK, and not so from those of the lowest. */
export function growthOf(library: Types, lowest: Types, newest: Types): Growth[] {
  const found = new Map<string, Growth>();
  for (const type of implementersIn(library)) {
    const before = inheritedBy(type, new Map([...lowest, ...library]));
    const after = inheritedBy(type, new Map([...newest, ...library]));
    for (const member of after.values()) {
      if (before.get(member.name)?.signature !== member.signature) {
        const key = `${member.declaredBy}.${member.name}`;
        found.set(key, { ...member, heirs: [...(found.get(key)?.heirs ?? []), type.fqn] });
      }
    }
  }
  return [...found.values()];
}

/** The members of all interfaces that a type extends, by their names. */
function inheritedBy(type: InterfaceType | ClassType, all: Types): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const base of (type.interfaces ?? []).flatMap((name) => (all.get(name) ?? []) as InterfaceType)) {
    for (const member of [...inheritedBy(base, all).values(), ...membersOf(base)]) {
      members.set(member.name, member);
    }
  }
  return members;
}

/** The members that an interface declares itself. */
export function membersOf({ fqn: declaredBy, properties = [], methods = [] }: InterfaceType): Member[] {
  return [
    ...properties.map((property) => ({ declaredBy, name: property.name, signature: signatureOf(property) })),
    ...methods.map((method) => ({ declaredBy, name: method.name, signature: signatureOf(method) })),
  ];
}

/** Without the names of parameters, and the docs. */
function signatureOf(member: Property | Method): string {
  return JSON.stringify(
    'type' in member
      ? [member.type, member.optional, member.immutable]
      : [
          (member.parameters ?? []).map(({ type, optional, variadic }) => [type, optional, variadic]),
          member.returns?.type,
          member.returns?.optional,
        ],
  );
}
