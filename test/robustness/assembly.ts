import { readFileSync } from 'fs';
import { join } from 'path';
import { gunzipSync } from 'zlib';

/** A type as jsii writes it. */
export interface Type {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: Type };
}

/** An argument of a method or a member of a struct. */
export interface Slot {
  readonly name: string;
  /** Of a member of a struct of this library: its name in the API, which is that of the struct that declares it. */
  readonly apiName?: string;
  readonly type: Type;
  readonly optional?: boolean;
}

interface Method {
  readonly name: string;
  readonly static?: boolean;
  readonly parameters?: Slot[];
  readonly returns?: { readonly type: Type };
}

interface Property extends Slot {
  readonly static?: boolean;
  readonly immutable?: boolean;
}

interface Declaration {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly name: string;
  readonly fqn: string;
  readonly datatype?: boolean;
  readonly interfaces?: string[];
  readonly initializer?: { readonly parameters?: Slot[] };
  readonly methods?: Method[];
  readonly properties?: Property[];
  readonly members?: { readonly name: string }[];
}

/** What a user can call: a constructor, a factory or a method. */
export interface Operation {
  /** As in `PullThroughCacheRule.image`; a constructor is `new PullThroughCacheRule`. */
  readonly name: string;
  readonly owner: string;
  /** Nothing for a constructor. */
  readonly method?: string;
  readonly static: boolean;
  readonly parameters: Slot[];
  readonly returns?: Type;
}

/** A property that a user can read. */
export interface Readable {
  readonly name: string;
  readonly owner: string;
  readonly property: string;
  readonly type: Type;
  readonly static: boolean;
  readonly writable: boolean;
}

/** The public API as jsii compiled it, so that nothing new can be forgotten. */
const declarations: Record<string, Declaration> = load(join(__dirname, '..', '..')).types;

/** The assembly, which is made before the tests run. jsii can compress it, and then leaves a reference behind. */
function load(directory: string): { types: Record<string, Declaration> } {
  const assembly = JSON.parse(readFileSync(join(directory, '.jsii'), 'utf8'));
  return assembly.schema === 'jsii/file-redirect'
    ? JSON.parse(gunzipSync(readFileSync(join(directory, assembly.filename))).toString())
    : assembly;
}

const all = Object.values(declarations);
const behaviours = all.filter((type) => type.kind === 'class' || (type.kind === 'interface' && !type.datatype));

export const STRUCT_MEMBERS = all
  .filter((type) => type.datatype)
  .flatMap((struct) => (struct.properties ?? []).map((member) => ({ name: `${struct.name}.${member.name}` })));

export const OPERATIONS: Operation[] = behaviours.flatMap((type) => [
  ...(type.initializer
    ? [
        {
          name: `new ${type.name}`,
          owner: type.fqn,
          static: true,
          parameters: type.initializer.parameters ?? [],
          returns: { fqn: type.fqn },
        },
      ]
    : []),
  ...(type.methods ?? []).map((method) => ({
    name: `${type.name}.${method.name}`,
    owner: type.fqn,
    method: method.name,
    static: method.static ?? false,
    parameters: method.parameters ?? [],
    returns: method.returns?.type,
  })),
]);

export const READABLES: Readable[] = behaviours.flatMap((type) =>
  (type.properties ?? []).map((property) => ({
    name: `${type.name}.${property.name}`,
    owner: type.fqn,
    property: property.name,
    type: property.type,
    static: property.static ?? false,
    writable: !property.immutable,
  })),
);

/** The members of a struct of this library with those that it inherits; nothing for any other type. */
export function membersOf(fqn: string): Slot[] | undefined {
  const struct = declarations[fqn];
  if (!struct?.datatype) {
    return undefined;
  }
  const own = (struct.properties ?? []).map((member) => ({ ...member, apiName: `${struct.name}.${member.name}` }));
  return [...(struct.interfaces ?? []).flatMap((base) => membersOf(base) ?? []), ...own];
}

export function enumMembersOf(fqn: string): string[] | undefined {
  return declarations[fqn]?.members?.map(({ name }) => name);
}

/** The name of a type without the library's. */
export function shortName(fqn: string): string {
  return fqn.replace(/^cdk-ecr-pull-through-cache\./, '');
}
