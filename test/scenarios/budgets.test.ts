import { execFileSync } from 'child_process';
import { join } from 'path';
import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ImageReference,
  PullThroughCache,
  PullThroughCacheRule,
  Redirection,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';

/**
 * What the library may cost, in counts that are the same on every machine. Times are those of the benchmark:
 * docs/performance.md
 */
const root = join(__dirname, '..', '..');
const ENVIRONMENT = { account: '111122223333', region: 'eu-west-1' };
const A_RULE =
  "const rule = new library.PullThroughCacheRule(stack, 'Rule', { upstream: library.UpstreamRegistry.quay() })";
const count = (length: number) => Array.from({ length }, (_, index) => index);

describe('the package', () => {
  test('is small', () => {
    const [{ size, unpackedSize }] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: root,
        encoding: 'utf8',
        shell: process.platform === 'win32',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    expect(size).toBeLessThan(220_000);
    expect(unpackedSize).toBeLessThan(730_000);
  });

  test.each([
    ['nothing but its name', '', ['index.js'], 0],
    ['all that it exports', 'Object.values(library)', ['index.js', 'bundle/classes.js'], 0],
    ['a rule', `${A_RULE}`, ['index.js', 'bundle/classes.js', 'bundle/rules.js'], 2],
    [
      'a rule and an image',
      `${A_RULE}; rule.image('org/app:1').uri`,
      ['index.js', 'bundle/classes.js', 'bundle/rules.js'],
      2,
    ],
  ])('loads few files for %s', (_, code, own, others) => {
    const files: string[] = JSON.parse(
      execFileSync(
        process.execPath,
        [
          '-e',
          `
      const { App, Stack } = require('aws-cdk-lib');
      require('aws-cdk-lib/aws-ecr').CfnPullThroughCacheRule;
      require('aws-cdk-lib/aws-iam').PolicyStatement;
      require('aws-cdk-lib/aws-secretsmanager').Secret;
      const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
      const before = new Set(Object.keys(require.cache));
      const library = require(${JSON.stringify(root)});
      ${code};
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))));
    `,
        ],
        { cwd: root, encoding: 'utf8' },
      ),
    );
    const isOwn = (file: string) => file.startsWith(join(root, 'lib'));
    expect(files.filter(isOwn)).toEqual(own.map((file) => join(root, 'lib', file)));
    // Of aws-cdk-lib, and above all not what it knows of all regions, or of ECS.
    expect(files.filter((file) => !isOwn(file)).length).toBe(others);
  });
});

describe('a rule with a secret and a template', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
  const rule = new PullThroughCacheRule(stack, 'Rule', {
    upstream: UpstreamRegistry.dockerHub(
      UpstreamCredentials.newSecret({ username: 'ann', accessToken: SecretValue.secretsManager('token') }),
    ),
    repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
  });

  test('has three constructs around its three resources', () => {
    expect(rule.node.findAll().map(({ node }) => node.path)).toEqual([
      'Stack/Rule',
      'Stack/Rule/Credentials',
      'Stack/Rule/Credentials/Resource',
      'Stack/Rule/Resource',
      'Stack/Rule/Template',
      'Stack/Rule/Template/Resource',
    ]);
  });

  test('has a template of so many bytes', () => {
    const { Resources } = app.synth().getStackByName('Stack').template;
    expect(Object.keys(Resources).length).toBe(3);
    expect(JSON.stringify(Resources).length).toBe(1009);
  });
});

describe('grants of a thousand images to one role', () => {
  const MOST_IN_A_POLICY = 6144;
  const images = count(1000).map((index) => `team/application-${index}`);

  function statements(
    grant: (rule: PullThroughCacheRule, role: Role) => void,
  ): { Action: string | string[]; Resource: any }[] {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
    const rule = new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    grant(rule, new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    const resources: { Type: string; Properties: any }[] = Object.values(
      app.synth().getStackByName('Stack').template.Resources,
    );
    return resources
      .filter(({ Type }) => /^AWS::IAM::(Managed)?Policy$/.test(Type))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  }

  const repositories = (resource: any): string[] =>
    [resource].flat().map((arn) => arn['Fn::Join'][1].at(-1).split(':repository/')[1]);

  test('fill statements, each of which fits a policy, and name these images and no other', () => {
    const [signIn, ...pulls] = statements((rule, role) =>
      images.forEach((image) => rule.grants.pullImage(role, `${image}:v1`)),
    );
    expect(signIn.Action).toBe('ecr:GetAuthorizationToken');
    // As many as fill a policy each, when all are as long as the longest.
    expect(pulls.length).toBeLessThanOrEqual(14);
    for (const { Action, Resource } of pulls) {
      const deployed = {
        Action,
        Resource: repositories(Resource).map((name) => `arn:aws-us-gov:ecr:eu-west-1:111122223333:repository/${name}`),
      };
      expect(JSON.stringify(deployed).length).toBeLessThan(MOST_IN_A_POLICY);
    }
    expect(pulls.flatMap(({ Resource }) => repositories(Resource)).sort()).toEqual(
      images.map((image) => `quay/${image}`).sort(),
    );
  });

  test('are one statement where the whole rule is granted', () => {
    const [, ...pulls] = statements((rule, role) => {
      rule.grants.pull(role);
      images.forEach((image) => rule.grants.pullImage(role, `${image}:v1`));
    });
    expect(pulls.flatMap(({ Resource }) => repositories(Resource))).toEqual(['quay/*']);
  });
});

/** How much more the next ten take than the ten before them, in calls and constructs. */
describe('what grows, grows with what there is', () => {
  function costOfRules(environments: number): Record<string, number> {
    const app = new App();
    const lookUps = jest.spyOn(Map.prototype, 'get');
    for (const environment of count(environments)) {
      const stack = new Stack(app, `Stack${environment}`, {
        env: { account: String(111122223333 + environment), region: 'eu-west-1' },
      });
      count(50).forEach(
        (rule) =>
          new PullThroughCacheRule(stack, `Rule${rule}`, {
            upstream: UpstreamRegistry.quay(),
            ecrRepositoryPrefix: `quay-${rule}`,
          }),
      );
    }
    const calls = lookUps.mock.calls.length;
    lookUps.mockRestore();
    return { calls, constructs: app.node.findAll().length };
  }

  function costOfContainers(tasks: number): Record<string, number> {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
    new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.quay()] }).redirect(stack);
    count(tasks).forEach((task) =>
      new FargateTaskDefinition(stack, `Task${task}`).addContainer('container', {
        image: ContainerImage.fromRegistry(`quay.io/team/app-${task}:v1`),
      }),
    );
    const [visits, parses] = [jest.spyOn(Redirection.prototype, 'visit'), jest.spyOn(ImageReference, 'parse')];
    app.synth();
    const calls = { visits: visits.mock.calls.length, parses: parses.mock.calls.length };
    [visits, parses].forEach((spy) => spy.mockRestore());
    return { ...calls, constructs: app.node.findAll().length };
  }

  test.each([
    ['rules over environments', costOfRules, [5, 10, 15]],
    ['redirected containers', costOfContainers, [10, 20, 30]],
  ])('%s', (_, cost, sizes) => {
    const [few, more, most] = sizes.map(cost);
    for (const figure of Object.keys(few)) {
      expect(more[figure]).toBeGreaterThan(few[figure]);
      expect(most[figure] - more[figure]).toBe(more[figure] - few[figure]);
    }
  });
});
