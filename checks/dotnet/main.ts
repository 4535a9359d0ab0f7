import { join } from 'path';
import { InterfaceType } from '@jsii/spec';
import { comments, commentsIn } from './comments';
import { CDK, cdkIn, Growth, growthOf, implementersIn, membersOf, typesOf } from './interfaces';
import { firstRelease, versionIn } from './releases';
import { check, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { EXAMPLES, ROOT, run } from '../support/run';

/**
 * Looks for what would break the library in C#, without .NET:
 *
 *     tsx checks/dotnet/main.ts [<node_modules with the lowest CDK>]
 */
const [lowest = join(ROOT, 'node_modules')] = process.argv.slice(2);
const newest = join(EXAMPLES, 'node_modules');

/** What all interfaces of resources extend. */
const CONSTRUCT = 'constructs.IConstruct';

step(async () => {
  installLibrary();
  const library = typesOf(ROOT);
  const types = implementersIn(library).length;
  check(
    `the lowest CDK, ${versionsIn(lowest)}, is not the newest, ${versionsIn(newest)}`,
    versionsIn(lowest) !== versionsIn(newest),
  );
  // .NET loads a type only if it has every member of its interfaces. The C# code that jsii makes of ours has those of
  // the CDK with which the library was compiled, and people run it with a newer one.
  const [before, after] = [cdkIn(lowest), cdkIn(newest)];
  const smaller = new Map(before).set(CONSTRUCT, { ...(after.get(CONSTRUCT) as InterfaceType), methods: [] });
  check('a CDK is found whose constructs had a method less', growthOf(library, smaller, after).length === 1);
  const growth = growthOf(library, before, after);
  check(`${types} types inherit the same members from both`, growth.length === 0, growth.map(explain).join('\n'));

  check(
    'a comment with a word in angle brackets is found',
    comments('', '/// <remarks>\n/// by <account>\n/// </remarks>').broken.length === 1,
  );
  const generated = workDirectory('generated');
  run('jsii-pacmak', ['--targets', 'dotnet', '--code-only', '--outdir', generated]);
  const { count, broken } = commentsIn(generated);
  check('the generated C# code has comments', count > 0);
  check(
    'all of them are XML',
    broken.length === 0,
    `${broken.join('\n')}\njsii writes @default and @see into XML as they are: no <word> there, and no &`,
  );
  return `C# loads ${types} types with either CDK, and has the texts of ${count} comments`;
});

function versionsIn(nodeModules: string): string {
  return CDK.map((name) => `${name} ${versionIn(nodeModules, name)}`).join(' with ');
}

/** What grew, since when C# breaks, and what to do. */
function explain({ declaredBy, name, signature, heirs }: Growth): string {
  const cdk = CDK.find((candidate) => declaredBy.startsWith(`${candidate}.`))!;
  const release = firstRelease(cdk, versionIn(lowest, cdk), versionIn(newest, cdk), (directory) => {
    const type = typesOf(directory).get(declaredBy) as InterfaceType | undefined;
    return type !== undefined && membersOf(type).some((one) => one.name === name && one.signature === signature);
  });
  return [
    `${declaredBy}.${name} is new, or has another signature, since ${cdk} ${release}.`,
    `With that and all later releases C# does not load ${heirs.join(', ')}.`,
    `Raise the floor in .projenrc.ts, cdkVersion and constructsVersion, to ${cdk} ${release} at least.`,
  ].join('\n');
}
