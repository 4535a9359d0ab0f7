import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join, sep } from 'path';
import { check, systemPrograms, workDirectory } from './tools';
import { installLibrary } from '../scripts/library';
import { attempt, EXAMPLES, ROOT, run } from '../scripts/run';

/*
 * Where there is no .NET, the compiler of mono tells at least whether a C# twin names what jsii generates, with the right
 * types. It knows C# 7 and jsii generates C# 8, and the runtime that the generated code calls comes with .NET only. So the
 * twin is compiled against declarations: generated code without its bodies.
 */

/** What of the runtime, and of its JSON library, is in declarations. */
const RUNTIME = `
namespace Amazon.JSII.Runtime.Deputy
{
    public class ByRefValue {}
    public class DeputyProps { public DeputyProps(object[] arguments) {} }
    public class DeputyBase
    {
        protected DeputyBase(ByRefValue reference) {}
        protected DeputyBase(DeputyProps props) {}
        protected static T GetStaticProperty<T>(System.Type type) { throw null; }
    }
}
namespace Newtonsoft.Json.Linq { public class JObject {} }
`;

/** Compiles the sources in a directory with the library. */
export function compileByMono(twin: string): void {
  systemPrograms(['mcs']);
  const types = generatedTypes();
  const library = [...types.keys()].filter((type) => type.startsWith('CdkEcrPullThroughCache.'));
  const sources = readdirSync(twin)
    .filter((file) => file.endsWith('.cs'))
    .map((file) => readFileSync(join(twin, file), 'utf8'));
  const needed = declarations(types, [...library, ...sources.flatMap((source) => typesUsedIn(source, types))]);

  for (const [type, source] of needed) {
    writeFileSync(join(twin, `${type}.cs`), source);
  }
  writeFileSync(join(twin, 'Runtime.cs'), RUNTIME);
  const { status, said } = attempt('mcs', [
    '-warn:0',
    `-out:${join(twin, 'Twin.exe')}`,
    `-recurse:${join(twin, '*.cs')}`,
  ]);
  check(
    `the C# twin compiles with ${library.length} types of the library and ${needed.size - library.length} that they need`,
    status === 0,
    said,
  );
}

/** The files of all that jsii generates, by the full names of their types. */
function generatedTypes(): Map<string, string> {
  installLibrary();
  const directory = workDirectory('generated');
  for (const project of [
    ROOT,
    join(EXAMPLES, 'node_modules', 'aws-cdk-lib'),
    join(EXAMPLES, 'node_modules', 'constructs'),
  ]) {
    run('jsii-pacmak', ['--target', 'dotnet', '--code-only', '--outdir', directory, project]);
  }
  // dotnet/<package>/<namespace as folders>/<type>.cs
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.cs'));
  return new Map(
    files.map((file) => [file.slice(0, -'.cs'.length).split(sep).slice(2).join('.'), join(directory, file)]),
  );
}

/** What people write has short names. */
function typesUsedIn(source: string, types: Map<string, string>): string[] {
  const namespaces = [...source.matchAll(/^using (.+);/gm)].map(([, namespace]) => namespace);
  const words = source.match(/\b[A-Z]\w*/g) ?? [];
  return namespaces
    .flatMap((namespace) => words.map((word) => `${namespace}.${word}`))
    .filter((type) => types.has(type));
}

/** What is generated has full names; those of nested types begin with that of a file. */
function typesNamedIn(source: string, types: Map<string, string>): string[] {
  return (source.match(/[A-Z]\w*(\.\w+)+/g) ?? []).flatMap((name) => {
    const parts = name.split('.');
    while (parts.length > 0 && !types.has(parts.join('.'))) {
      parts.pop();
    }
    return parts.length > 0 ? [parts.join('.')] : [];
  });
}

/** The declarations of types, and of all types that these name. */
function declarations(types: Map<string, string>, roots: string[]): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (type: string) => {
    if (found.has(type)) {
      return;
    }
    const source = withoutBodies(readFileSync(types.get(type)!, 'utf8'));
    found.set(type, source);
    typesNamedIn(source, types).forEach(visit);
  };
  roots.forEach(visit);

  // In C# 7 only values are nullable.
  const isValue = (type: string) =>
    ['bool', 'double', 'System.DateTime'].includes(type) || /^ {4}public enum /m.test(found.get(type) ?? '');
  return new Map(
    [...found].map(([name, source]) => [
      name,
      source.replace(/([\w.>\]]+)\?/g, (nullable, type) => (isValue(type) ? nullable : type)),
    ]),
  );
}

/** Generated code is well indented: a brace ends at its own indentation. */
function withoutBodies(source: string): string {
  return (
    source
      // Comments and attributes.
      .replace(/^ *(\/\/\/|\[).*\n/gm, '')
      .replace(/^( +)(new )?internal sealed class _Proxy [^]*?\n\1\}\n/gm, '')
      // Optional members of interfaces, which C# 7 does not have.
      .replace(/^( +).+\n\1\{\n +get\n +\{\n +return null;[^]*?\n\1\}\n/gm, '')
      .replace(/^( +)(get|set)( => .*;|\n\1\{[^]*?\n\1\})/gm, '$1$2 { throw null; }')
      .replace(/\)\n( +)\{[^]*?\n\1\}/g, ') { throw null; }')
      .replace(/\)!/g, ')')
  );
}
