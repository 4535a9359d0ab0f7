import { execFileSync } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { basename, join } from 'path';
import * as library from '../../src';

/** The service modules that belong to the library itself. */
const OWN_SERVICES = ['aws-ecr', 'aws-iam', 'aws-secretsmanager'];

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What some code prints in a process of its own. */
function printedBy(code: string, ...options: string[]): any {
  return JSON.parse(execFileSync(process.execPath, [...options, '-e', code], { cwd: root, encoding: 'utf8' }));
}

/** The service modules that are in memory after some code ran. */
function loadedBy(code: string): string[] {
  const files: string[] = printedBy(`${code};console.log(JSON.stringify(Object.keys(require.cache)))`);
  const services = files.map((file) => /[\\/]aws-cdk-lib[\\/](aws-[^\\/]+)[\\/]/.exec(file)?.[1]);
  return [...new Set(services.filter((service) => service !== undefined))].sort();
}

const compiled = JSON.stringify(join(root, manifest.main));
const RULE = `
  const { App, Stack } = require('aws-cdk-lib');
  const { PullThroughCacheRule, UpstreamRegistry } = require(${compiled});
  const stack = new Stack(new App(), 'Stack');
  const rule = new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
`;

describe('the compiled package', () => {
  test('is there', () => {
    expect(existsSync(join(root, manifest.main))).toBe(true);
    expect(existsSync(join(root, manifest.types))).toBe(true);
  });

  test('loads the few files that an app needs, when it asks for what is in them', () => {
    const own = (code: string): string[] => {
      const files: string[] = printedBy(
        `const library = require(${compiled}); ${code}; console.log(JSON.stringify(Object.keys(require.cache)))`,
      );
      return files.filter((file) => file.startsWith(join(root, 'lib'))).map((file) => basename(file));
    };
    expect(own('')).toEqual(['index.js']);
    expect(own('Object.values(library)')).toEqual(['index.js', 'classes.js']);
    expect(own(RULE)).toEqual(['index.js', 'classes.js', 'rules.js']);
  });

  test('has names and files in the stack trace of an error', () => {
    const { stack } = printedBy(`
      const { PullThroughCacheRule, UpstreamRegistry } = require(${compiled});
      const { Stack } = require('aws-cdk-lib');
      try {
        new PullThroughCacheRule(new Stack(), 'Rule', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: '-' });
      } catch (error) {
        console.log(JSON.stringify({ stack: error.stack.split('\\n') }));
      }
    `);
    const frames: string[] = stack.filter((line: string) => line.includes(join(root, 'lib')));
    expect(frames.map((line) => line.trim().split(' (')[0])).toEqual(
      expect.arrayContaining(['at throwIfAny', 'at checkPrefixes', 'at new PullThroughCacheRule']),
    );
  });

  test('gives its names to ES modules, and what the sources export', () => {
    // Of types, jest makes exports without a value.
    const names = Object.entries(library)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${typeof value}`)
      .sort();
    expect(
      printedBy(
        `
      import * as library from ${compiled};
      const { default: _, __esModule: __, 'module.exports': ___, ...rest } = library;
      console.log(JSON.stringify(Object.entries(rest).map(([name, value]) => name + ': ' + typeof value).sort()));
    `,
        '--input-type=module',
      ),
    ).toEqual(names);
  });

  test('gives the same thing each time that it is asked', () => {
    expect(
      printedBy(`
      const library = require(${compiled});
      const isSame = (name) => library[name] !== undefined && library[name] === library[name];
      console.log(JSON.stringify(Object.keys(library).every(isSame)));
    `),
    ).toBe(true);
  });

  test('loads no other service module of aws-cdk-lib than its own', () => {
    // All that it exports, and what most apps do with it.
    const loaded = loadedBy(`
      Object.values(require(${compiled}));
      ${RULE}
      const { Role, ServicePrincipal } = require('aws-cdk-lib/aws-iam');
      rule.grants.pull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
      rule.image('org/app:1').repository.repositoryUri;
    `);
    // That it loads ECR at all shows that the list is not empty for some other reason.
    expect(loaded).toContain('aws-ecr');
    expect(loaded.filter((service) => !OWN_SERVICES.includes(service))).toEqual([]);
  });

  test('loads ECS for those who ask for its container images only', () => {
    expect(loadedBy(`${RULE} rule.image('org/app:1').uri`)).not.toContain('aws-ecs');
    expect(loadedBy(`${RULE} rule.image('org/app:1').toContainerImage()`)).toContain('aws-ecs');
  });

  test('needs nothing but aws-cdk-lib and constructs', () => {
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.bundledDependencies ?? manifest.bundleDependencies).toBeUndefined();
  });
});
