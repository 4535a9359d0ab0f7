import { execFileSync } from 'child_process';
import { join } from 'path';
import { App, CfnResource, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { CfnTaskDefinition, ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { CfnCluster } from 'aws-cdk-lib/aws-eks';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Node } from 'constructs';
import {
  ImageReference,
  PullThroughCache,
  PullThroughCacheRule,
  Redirection,
  RepositoryCreationTemplate,
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
  /** What an app costs from its first construct to its templates. */
  function costOf(make: (app: App) => void): Record<string, number> {
    const app = new App();
    const spies = {
      lookUps: jest.spyOn(Map.prototype, 'get'),
      visits: jest.spyOn(Redirection.prototype, 'visit'),
      parses: jest.spyOn(ImageReference, 'parse'),
      // Who searches a tree asks each construct in it for its children.
      searched: jest.spyOn(Node.prototype, 'children', 'get'),
    };
    make(app);
    app.synth();
    const calls = Object.entries(spies).map(([name, spy]) => [name, spy.mock.calls.length]);
    Object.values(spies).forEach((spy) => spy.mockRestore());
    return { ...Object.fromEntries(calls), constructs: app.node.findAll().length };
  }

  function rules(app: App, environments: number): void {
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
  }

  function redirected(app: App): Stack {
    const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
    new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.quay()] }).redirect(stack);
    return stack;
  }

  function containers(app: App, tasks: number): void {
    const stack = redirected(app);
    count(tasks).forEach((task) =>
      new FargateTaskDefinition(stack, `Task${task}`).addContainer('container', {
        image: ContainerImage.fromRegistry(`quay.io/team/app-${task}:v1`),
      }),
    );
  }

  function tasksWithRoles(app: App, tasks: number): void {
    const stack = redirected(app);
    count(tasks).forEach(
      (task) =>
        new CfnTaskDefinition(stack, `Task${task}`, {
          executionRoleArn: `arn:aws:iam::111122223333:role/execution-${task}`,
          containerDefinitions: [{ name: 'app', image: `quay.io/team/app-${task}:v1` }],
        }),
    );
  }

  function templatesWithRoles(app: App, templates: number): void {
    const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
    for (const index of count(templates)) {
      const role = new Role(stack, `Role${index}`, { assumedBy: new ServicePrincipal('ecr.amazonaws.com') });
      role.addToPolicy(new PolicyStatement({ actions: ['ecr:CreateRepository', 'ecr:TagResource'], resources: ['*'] }));
      new RepositoryCreationTemplate(stack, `Template${index}`, {
        prefix: `team-${index}`,
        resourceTags: { team: 'a' },
        role,
      });
    }
  }

  function manifests(app: App, length: number): void {
    const stack = redirected(app);
    const { ref } = new CfnCluster(stack, 'Cluster', {
      roleArn: 'arn:aws:iam::111122223333:role/eks',
      resourcesVpcConfig: { subnetIds: [] },
    });
    for (const index of count(length)) {
      const pod = { kind: 'Pod', spec: { containers: [{ name: 'app', image: `quay.io/team/app-${index}:v1` }] } };
      new CfnResource(stack, `Manifest${index}`, {
        type: 'Custom::AWSCDK-EKS-KubernetesResource',
        properties: { ClusterName: ref, Manifest: stack.toJsonString([pod]) },
      });
    }
  }

  test('a redirection makes no construct for an image', () => {
    const app = new App();
    containers(app, 10);
    app.synth();
    const below = app.node.findChild('Stack').node.findChild('Cache').node.findAll();
    expect(below.map(({ node }) => node.path)).toEqual([
      'Stack/Cache',
      'Stack/Cache/quay',
      'Stack/Cache/quay/Resource',
    ]);
  });

  const OF_RULES = ['lookUps', 'searched', 'constructs'];
  const OF_REDIRECTIONS = [...OF_RULES, 'visits', 'parses'];

  test.each([
    ['rules over environments', rules, [5, 10, 15], OF_RULES],
    ['templates with a role that is given', templatesWithRoles, [10, 20, 30], OF_RULES],
    ['redirected containers', containers, [10, 20, 30], OF_REDIRECTIONS],
    ['redirected tasks with a role that exists', tasksWithRoles, [10, 20, 30], OF_REDIRECTIONS],
    ['redirected manifests of a cluster', manifests, [10, 20, 30], OF_REDIRECTIONS],
  ])('%s', (_, make, sizes, figures) => {
    const [few, more, most] = sizes.map((size) => costOf((app) => make(app, size)));
    for (const figure of figures) {
      expect(more[figure]).toBeGreaterThan(few[figure]);
      expect({ [figure]: most[figure] - more[figure] }).toEqual({ [figure]: more[figure] - few[figure] });
    }
  });
});
