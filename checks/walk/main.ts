import { copyFileSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { walk } from './walk';
import { blocksOf } from '../docs/pages';
import { check, step, workDirectory } from '../support/check';
import { pack } from '../support/library';
import { CHECKS, run } from '../support/run';

/**
 * The walk of a newcomer: installs what npm would publish in an app outside of the repository, and runs every program
 * of the README and the docs there.
 */
step(async () => {
  const app = workDirectory('app');
  const { tarball } = pack(workDirectory('packed'));
  const { dependencies } = JSON.parse(readFileSync(join(CHECKS, 'package.json'), 'utf8'));
  const { devDependencies } = JSON.parse(readFileSync(join(CHECKS, '..', 'package.json'), 'utf8'));
  const packages = [
    tarball,
    ...['aws-cdk-lib', 'constructs'].map((name) => `${name}@${dependencies[name]}`),
    ...['aws-cdk', 'tsx'].map((name) => `${name}@${devDependencies[name]}`),
  ];
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  console.log('$ npm install cdk-ecr-pull-through-cache aws-cdk-lib constructs aws-cdk tsx');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], { cwd: app });

  // The first program of the README, by the CLI.
  const first = blocksOf('README.md').find(({ language }) => language === 'ts')!;
  writeFileSync(join(app, 'app.ts'), first.text);
  console.log("$ npx cdk synth --app 'npx tsx app.ts'");
  const template = run('npx', ['cdk', 'synth', '--app', 'npx tsx app.ts'], { cwd: app });
  check('the first program of the README synthesizes', template.includes('AWS::ECR::PullThroughCacheRule'), template);

  const worker = join(app, 'worker.js');
  copyFileSync(join(CHECKS, 'walk', 'worker.js'), worker);
  return walk('ts', 'ts', app, (jobs, results) => run('node', [worker, jobs, results], { cwd: app }));
});
