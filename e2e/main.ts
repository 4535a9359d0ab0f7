import { spawnSync } from 'child_process';
import { join } from 'path';
import { E2E, fail, SKIPPED } from '../scripts/run';

/**
 * Runs the steps that are named, or all:
 *
 *     npm run e2e
 *     npm run e2e -- deploy pull
 *     npm run e2e -- languages          all whose names begin so
 *     npm run e2e -- languages/java
 */
const STEPS: Record<string, string> = {
  validators: "CDK's own validation, cfn-lint and cdk-nag look at what is synthesized",
  deploy: 'the examples are deployed to an account on this machine, and destroyed',
  update: 'apps change and are deployed again',
  pull: 'images are pulled through the deployed rules, with the permissions of the deployed roles',
  'languages/python': 'the Python twin of each example makes the same templates',
  'languages/java': 'the Java twin of the quickstart makes the same template',
  'languages/go': 'the Go twin of the quickstart makes the same template',
  'languages/csharp': 'the C# twin of the quickstart makes the same template',
  versions: 'the lowest and the newest CDK, on each Node that can be had',
};

const asked = process.argv.slice(2);
const names = Object.keys(STEPS);
const isMeant = (name: string, wanted: string) => name === wanted || name.startsWith(`${wanted}/`);
const unknown = asked.filter((wanted) => !names.some((name) => isMeant(name, wanted)));
if (unknown.length > 0) {
  fail(`no such step: ${unknown.join(', ')}; there are ${names.join(', ')}`);
}

const verdicts = names
  .filter((name) => asked.length === 0 || asked.some((wanted) => isMeant(name, wanted)))
  .map((name) => {
    console.log(`\n--- ${name}: ${STEPS[name]}`);
    const start = Date.now();
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(E2E, 'steps', `${name}.ts`)], {
      cwd: join(E2E, '..'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return { name, status, seconds: Math.round((Date.now() - start) / 1000) };
  });

console.log('');
const verdictOf = (status: number | null) => (status === 0 ? 'passed ' : status === SKIPPED ? 'SKIPPED' : 'FAILED ');
for (const { name, status, seconds } of verdicts) {
  console.log(`${verdictOf(status)} ${name} in ${seconds} s`);
}
const failed = verdicts.some(({ status }) => status !== 0 && status !== SKIPPED);
const skipped = verdicts.some(({ status }) => status === SKIPPED);
process.exitCode = failed ? 1 : skipped ? SKIPPED : 0;
