import { App, Aspects, Duration, Environment, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { CfnTaskDefinition, ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, OrganizationPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { Construct } from 'constructs';
import { ACCOUNT, another, HOME, OTHER_ACCOUNT, OTHER_REGION, REGION, SetUp } from './mistake';
import { cacheOf, credentials, redirected } from './ours';

/** Apps of several stacks, stages, accounts and regions, in the shapes that public apps have. */

const { quay, ecrPublic, dockerHub } = UpstreamRegistry;

/** A task whose image others have declared. */
const task = (scope: Construct, image = 'quay.io/prometheus/node-exporter:v1.9.0', id = 'Task') => {
  const made = new FargateTaskDefinition(scope, id);
  made.addContainer('main', { image: ContainerImage.fromRegistry(image) });
  return made;
};

/** A stack with a cache and a task, as each of several environments has it. */
function cached(scope: Construct, id: string, env?: Environment): Stack {
  const stack = new Stack(scope, id, { env });
  redirected(stack);
  task(stack);
  return stack;
}

/** The rules that another app of the platform team has made. */
const existing = (stack: Stack) =>
  new PullThroughCache(stack, 'Cache', {
    upstreams: [],
    existingRules: [
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Hub', {
        ecrRepositoryPrefix: 'docker-hub',
        upstreamRegistryUrl: 'docker.io',
      }),
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Quay', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
      }),
    ],
  });

export const PLACES: SetUp[] = [
  {
    setUp: 'a cache in a stack of its own, and the whole app redirected',
    build: (stack, app) => {
      redirected(stack, app);
      ['One', 'Two'].forEach((id) => task(another(app, id)));
    },
  },
  {
    setUp: 'stacks that are added after the app was redirected',
    build: (stack, app) => {
      redirected(stack, app);
      task(another(app, 'Later'), 'nginx:1.27');
      task(new NestedStack(another(app, 'LaterStill'), 'Nested'), 'redis:7.4');
    },
  },
  { setUp: 'an app that says nothing of its account and region', build: (_, app) => void cached(app, 'Open') },
  {
    setUp: 'a cache in each of two regions',
    build: (_, app) => [REGION, OTHER_REGION].forEach((region) => cached(app, region, { account: ACCOUNT, region })),
  },
  {
    setUp: 'a cache in each of two accounts',
    build: (_, app) =>
      [ACCOUNT, OTHER_ACCOUNT].forEach((account) => cached(app, `In${account}`, { account, region: REGION })),
  },
  {
    setUp: 'a stage for tests and one for production, each with a cache',
    build: (_, app) =>
      [ACCOUNT, OTHER_ACCOUNT].forEach((account, index) => {
        const stage = new Stage(app, index === 0 ? 'Test' : 'Production', { env: { account, region: REGION } });
        cached(stage, 'Shop');
      }),
  },
  {
    setUp: 'a stage that redirects itself',
    build: (_, app) => {
      const stage = new Stage(app, 'Production', { env: HOME });
      redirected(new Stack(stage, 'Cache'), stage);
      task(new Stack(stage, 'Shop'));
      task(new Stack(stage, 'Admin'), 'ghcr.io/example/admin:v1');
    },
  },
  {
    setUp: 'a stage that is synthesized before the app, as CDK Pipelines does, and redirects itself',
    build: (_, app) => {
      const stage = new Stage(app, 'Production', { env: HOME });
      cached(stage, 'Shop');
      stage.synth();
    },
  },
  {
    setUp: 'rules of a platform team, by their prefixes',
    build: (stack) => {
      existing(stack).redirect(stack);
      task(stack, 'nginx:1.27');
    },
  },
  {
    setUp: 'rules of a platform team in each of two regions',
    build: (stack, app) =>
      [stack, another(app, 'There', { ...HOME, region: OTHER_REGION })].forEach((place) => {
        existing(place).redirect(place);
        task(place, 'nginx:1.27');
      }),
  },
  {
    setUp: 'a redirection of some registries only',
    build: (stack) => {
      new PullThroughCache(stack, 'Cache', { upstreams: [quay(), ecrPublic()] }).redirect(stack, {
        only: ['quay.io/prometheus/*'],
      });
      task(stack);
    },
  },
  {
    setUp: 'a redirection that is added as an aspect',
    build: (stack) => {
      Aspects.of(stack).add(cacheOf(stack).redirectionAspect());
      task(stack);
    },
  },
  {
    setUp: 'a redirection that only reports',
    build: (stack) => {
      cacheOf(stack).redirect(stack, { dryRun: true });
      task(stack);
    },
  },
  {
    setUp: 'a task below a construct of a library',
    build: (stack) => {
      redirected(stack);
      const library = new (class extends Construct {
        constructor(scope: Construct, id: string) {
          super(scope, id);
          task(this, 'docker.io/grafana/loki:3.3.2');
        }
      })(stack, 'Library');
      task(library, 'registry.hub.docker.com/grafana/promtail:3.3.2', 'Other');
    },
  },
  {
    setUp: 'an image that the app names through the cache already',
    build: (stack) => {
      const cache = redirected(stack);
      new FargateTaskDefinition(stack, 'Task').addContainer('main', {
        image: cache.image('nginx:1.27').toContainerImage(),
      });
    },
  },
  {
    setUp: 'own repositories beside the cached ones',
    build: (stack) => {
      redirected(stack);
      const repository = new Repository(stack, 'Own', { imageScanOnPush: true });
      new FargateTaskDefinition(stack, 'Task').addContainer('main', {
        image: ContainerImage.fromEcrRepository(repository, 'v1'),
      });
    },
  },
  {
    setUp: 'an override that names the image last',
    build: (stack) => {
      redirected(stack);
      const { defaultChild } = task(stack, 'nginx:1.26').node;
      (defaultChild as CfnTaskDefinition).addPropertyOverride('ContainerDefinitions.0.Image', 'nginx:1.27');
    },
  },
  {
    setUp: 'a cache for an organization, whose repositories forget old images',
    build: (stack) =>
      new PullThroughCache(stack, 'Cache', {
        upstreams: [ecrPublic(), quay(), dockerHub(credentials)],
        repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(90))] },
        allowPullFrom: [new OrganizationPrincipal('o-1234567890')],
      }),
  },
  {
    setUp: 'an account that pulls from the cache of another',
    build: (stack, app) => {
      const cache = new PullThroughCache(stack, 'Cache', { allowPullFrom: [new AccountPrincipal(OTHER_ACCOUNT)] });
      const consumer = another(app, 'Consumer', { account: OTHER_ACCOUNT, region: REGION });
      cache.grants.pull(new Role(consumer, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    },
  },
  {
    setUp: 'a rule that another account pulls through, beside a redirection of other registries',
    build: (stack) => {
      new PullThroughCacheRule(stack, 'Rule', { upstream: quay() }).allowPullFrom(new AccountPrincipal(OTHER_ACCOUNT));
      new PullThroughCache(stack, 'Cache', { upstreams: [ecrPublic()] }).redirect(stack);
      task(stack, 'public.ecr.aws/nginx/nginx:1.27');
    },
  },
  {
    setUp: 'secrets that operators fill in, in each of two regions',
    build: (_, app: App) =>
      [REGION, OTHER_REGION].forEach((region) => {
        const stack = new Stack(app, region, { env: { account: ACCOUNT, region } });
        new PullThroughCache(stack, 'Cache', {
          upstreams: [dockerHub(UpstreamCredentials.placeholder())],
          outputPrefixes: true,
        }).redirect(stack);
        task(stack, 'nginx:1.27');
      }),
  },
];
