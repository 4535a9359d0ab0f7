import {
  App,
  aws_ecs as ecs,
  aws_iam as iam,
  Aspects,
  CfnResource,
  Environment,
  NestedStack,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct, IConstruct } from 'constructs';
import { PullThroughCache, PullThroughCacheRule, Redirection, RedirectOptions } from '../../src';
import { RenderedProperties } from '../../src/redirect/rendered-properties';
import { chart, ENV, lines, manifest, newCache, newStack, nodeRole, REGISTRY, resources } from '../support/redirect';

const TASK = 'AWS::ECS::TaskDefinition';

/** A task definition, a manifest and a chart, with nodes that are known. */
function workloads(scope: Construct): void {
  const task = new ecs.FargateTaskDefinition(scope, 'Task');
  task.addContainer('web', { image: ecs.ContainerImage.fromRegistry('nginx:1.27') });
  task.addContainer('app', { image: ecs.ContainerImage.fromRegistry('mcr.microsoft.com/app:1') });
  manifest(scope, [{ kind: 'Pod', spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]);
  chart(scope, { image: { repository: 'quay.io/a/c', tag: '1' } });
}

/** As `scope.with(mixin)` does it, where constructs has it. */
function withMixin(scope: IConstruct, mixin: Redirection): void {
  scope.node
    .findAll()
    .filter((construct) => mixin.supports(construct))
    .forEach((construct) => mixin.applyTo(construct));
}

describe('the same template', () => {
  interface Parts {
    app: App;
    stack: Stack;
    inner: Construct;
    cache: PullThroughCache;
    options: RedirectOptions;
    add: () => void;
  }
  const build = (redirect: (parts: Parts) => void) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const inner = new Construct(stack, 'Inner');
    redirect({
      app,
      stack,
      inner,
      cache: newCache(stack),
      options: { nodeRoles: [nodeRole(stack)] },
      add: () => workloads(inner),
    });
    return Template.fromStack(stack).toJSON();
  };
  const once = build(({ stack, cache, options, add }) => {
    add();
    cache.redirect(stack, options);
  });

  test('has the cached images', () => {
    expect(JSON.stringify(once)).toContain('/docker-hub/library/nginx:1.27');
    expect(JSON.stringify(once).match(/quay\/a\/b:1/g)).toHaveLength(1);
  });

  test.each<[string, (parts: Parts) => void]>([
    [
      'before the workloads are added',
      ({ stack, cache, options, add }) => {
        cache.redirect(stack, options);
        add();
      },
    ],
    [
      'twice',
      ({ stack, cache, options, add }) => {
        cache.redirect(stack, options);
        add();
        cache.redirect(stack, options);
      },
    ],
    [
      'at two nested scopes',
      ({ stack, inner, cache, options, add }) => {
        add();
        cache.redirect(inner, options);
        cache.redirect(stack, options);
      },
    ],
    [
      'at two nested scopes, the other way round',
      ({ stack, inner, cache, options, add }) => {
        cache.redirect(stack, options);
        cache.redirect(inner, options);
        add();
      },
    ],
    [
      'after a dry run',
      ({ stack, cache, options, add }) => {
        add();
        withMixin(stack, cache.redirectionAspect({ ...options, dryRun: true }));
        cache.redirect(stack, { ...options, dryRun: true });
        cache.redirect(stack, options);
      },
    ],
    [
      'at the app',
      ({ app, cache, options, add }) => {
        cache.redirect(app, options);
        add();
      },
    ],
    [
      'as an aspect',
      ({ stack, cache, options, add }) => {
        add();
        Aspects.of(stack).add(cache.redirectionAspect(options));
      },
    ],
    [
      'one redirection, twice',
      ({ stack, inner, cache, options, add }) => {
        const redirection = cache.redirectionAspect(options);
        add();
        Aspects.of(stack).add(redirection);
        Aspects.of(inner).add(redirection);
      },
    ],
    [
      'as a mixin',
      ({ stack, cache, options, add }) => {
        add();
        withMixin(stack, cache.redirectionAspect(options));
      },
    ],
    [
      'as a mixin, twice',
      ({ stack, cache, options, add }) => {
        add();
        withMixin(stack, cache.redirectionAspect(options));
        withMixin(stack, cache.redirectionAspect(options));
      },
    ],
    [
      'as a mixin and as an aspect',
      ({ stack, cache, options, add }) => {
        add();
        withMixin(stack, cache.redirectionAspect(options));
        cache.redirect(stack, options);
      },
    ],
  ])('%s', (_, redirect) => {
    expect(build(redirect)).toEqual(once);
  });

  test('by two redirections of which each takes a part', () => {
    expect(
      build(({ stack, cache, options, add }) => {
        add();
        cache.redirect(stack, { ...options, only: ['docker.io/*'] });
        cache.redirect(stack, { ...options, exclude: ['docker.io/*'] });
      }),
    ).toEqual(once);
  });
});

test('scope.with() takes a redirection, where constructs has it', () => {
  const stack = newStack();
  workloads(stack);
  const redirection = newCache(stack).redirectionAspect({ nodeRoles: [nodeRole(stack)] });
  const { with: apply } = stack as unknown as { with?: (...mixins: unknown[]) => void };
  if (apply) {
    apply.call(stack, redirection);
  } else {
    withMixin(stack, redirection);
  }
  expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe(`${REGISTRY}/docker-hub/library/nginx:1.27`);
  expect(redirection.report).toHaveLength(5);
});

test('supports resources, any of which may name an image in some text, and nothing else', () => {
  const stack = newStack();
  workloads(stack);
  const redirection = newCache(stack).redirectionAspect();
  const supported = stack.node
    .findAll()
    .filter((construct) => redirection.supports(construct))
    .map(({ node }) => node.path);
  const all = stack.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
  expect(supported).toEqual(all.map(({ node }) => node.path));
  expect(supported).toEqual(expect.arrayContaining(['Stack/Task/Resource', 'Stack/Manifest', 'Stack/Chart']));
});

test('a node group that is added after the call of a mixin may pull what it redirects', () => {
  const stack = newStack();
  const cluster = Object.assign(new Construct(stack, 'Cluster'), { clusterName: 'c', clusterArn: 'a' });
  manifest(cluster, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]).addPropertyOverride(
    'ClusterName',
    new CfnResource(cluster, 'Resource', { type: 'Custom::AWSCDK-EKS-Cluster' }).ref,
  );
  const redirection = newCache(stack).redirectionAspect();
  withMixin(stack, redirection);
  Object.assign(new Construct(cluster, 'Nodes'), { nodegroupName: 'n', role: nodeRole(stack) });
  Template.fromStack(stack);
  expect(lines(redirection)).toEqual([expect.stringContaining('-> CACHE/quay/a/b:1')]);
});

describe('in every part of an app', () => {
  test('a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    workloads(nested);
    newCache(stack).redirect(stack);
    expect(resources(nested, TASK).Task.ContainerDefinitions[0].Image).toBe(
      `${REGISTRY}/docker-hub/library/nginx:1.27`,
    );
    const policies = JSON.stringify(Template.fromStack(nested).findResources('AWS::IAM::Policy'));
    expect(policies).toContain('repository/docker-hub/library/nginx');
  });

  test('another stack of the same account and region', () => {
    const app = new App();
    const [platform, product] = ['Platform', 'Product'].map((id) => new Stack(app, id, { env: ENV }));
    workloads(product);
    newCache(platform).redirect(app);
    expect(resources(product, TASK).Task.ContainerDefinitions[0].Image).toBe(
      `${REGISTRY}/docker-hub/library/nginx:1.27`,
    );
    expect(JSON.stringify(Template.fromStack(product))).not.toContain('Fn::ImportValue');
  });

  const ELSEWHERE = 'it is deployed to another account or region than the cache';
  const UNCLEAR =
    'its stack and that of the cache do not both name their account and region; give both stacks the same env';

  test.each<[string, Environment, Environment, string | undefined]>([
    ['another region', ENV, { account: ENV.account, region: 'us-east-1' }, ELSEWHERE],
    ['another account', ENV, { account: '444455556666', region: ENV.region }, ELSEWHERE],
    ['an open account', ENV, { region: ENV.region }, UNCLEAR],
    ['an open account and region', ENV, {}, UNCLEAR],
    ['a known region, with a cache that leaves it open', {}, { region: 'us-east-1' }, UNCLEAR],
    ['an open environment, with a cache in another', {}, {}, undefined],
  ])('a stack of %s', (_, home, env, why) => {
    const redirected = why === undefined;
    const app = new App();
    const platform = new Stack(app, 'Platform', { env: home });
    const product = new Stack(app, 'Product', { env });
    workloads(product);
    const redirection = newCache(platform).redirect(app, { only: ['docker.io/*'] });
    const [task] = Object.values<any>(Template.fromStack(product).findResources(TASK));
    expect(
      JSON.stringify(task.Properties.ContainerDefinitions[0].Image).includes('docker-hub/library/nginx:1.27'),
    ).toBe(redirected);
    const { reason } = redirection.report.find(({ image }) => image === 'nginx:1.27')!;
    expect(reason).toBe(why);
    const notRedirected = Match.stringLikeRegexp('Redirection.notRedirected');
    expect(Annotations.fromStack(platform).findWarning('*', notRedirected)).toHaveLength(redirected ? 0 : 1);
    expect(JSON.stringify(Template.fromStack(product)).includes('ecr:CreateRepository')).toBe(redirected);
  });

  test('a stage, with a cache of its own or that of the app', () => {
    const app = new App();
    const platform = new Stack(app, 'Platform', { env: ENV });
    const stages = ['Test', 'Prod'].map((id) => new Stage(app, id, { env: ENV }));
    const [test, prod] = stages.map((stage) => new Stack(stage, 'Product'));
    [test, prod].forEach(workloads);
    const whole = newCache(platform).redirect(app);
    const tested = resources(test, TASK).Task;
    expect(tested.ContainerDefinitions[0].Image).toBe(`${REGISTRY}/docker-hub/library/nginx:1.27`);
    expect(resources(prod, TASK).Task).toEqual({
      ...tested,
      Family: expect.anything(),
      ExecutionRoleArn: tested.ExecutionRoleArn,
    });
    expect(
      whole.report.filter(({ image }) => image === 'nginx:1.27').map(({ constructPath }) => constructPath),
    ).toEqual(['Test/Product/Task/Resource', 'Prod/Product/Task/Resource']);
  });

  test('a stage only', () => {
    const app = new App();
    const stages = ['Test', 'Prod'].map((id) => new Stage(app, id, { env: ENV }));
    const [test, prod] = stages.map((stage) => new Stack(stage, 'Product'));
    [test, prod].forEach(workloads);
    newCache(test).redirect(stages[0]);
    expect(resources(test, TASK).Task.ContainerDefinitions[0].Image).toBe(`${REGISTRY}/docker-hub/library/nginx:1.27`);
    expect(resources(prod, TASK).Task.ContainerDefinitions[0].Image).toBe('nginx:1.27');
  });
});

describe('a dry run', () => {
  const run = (dryRun: boolean | undefined) => {
    const stack = newStack();
    workloads(stack);
    const nodes = [nodeRole(stack)];
    const cache = newCache(stack);
    const redirection = dryRun === undefined ? undefined : cache.redirect(stack, { dryRun, nodeRoles: nodes });
    const template = Template.fromStack(stack).toJSON();
    return {
      template,
      report: redirection?.report,
      notes: Annotations.fromStack(stack)
        .findInfo('*', Match.stringLikeRegexp('image'))
        .map(({ entry }) => String(entry.data)),
    };
  };

  test('changes nothing', () => {
    // An execution role that nothing needs would be a change.
    expect(run(true).template).toEqual(run(undefined).template);
    expect(run(false).template).not.toEqual(run(undefined).template);
  });

  test('reports the same', () => {
    expect(run(true).report).toEqual(run(false).report);
    expect(run(true).report).toHaveLength(5);
  });

  test('says so in its notes', () => {
    expect(run(true).notes.filter((note) => note.includes('would go through the cache as'))).toHaveLength(3);
    expect(run(true).notes.map((note) => note.replace('would go', 'goes'))).toEqual(run(false).notes);
  });
});

describe('patterns', () => {
  const IMAGES = [
    'nginx:1.27',
    'grafana/grafana:11.0.0',
    'quay.io/prometheus/prometheus:v3.1',
    'quay.io/prometheus/node-exporter:v1',
    `quay.io/pinned/app@sha256:${'a'.repeat(64)}`,
  ];
  test.each<[RedirectOptions, number[]]>([
    [{}, [0, 1, 2, 3, 4]],
    [{ only: [] }, []],
    [{ only: ['*'] }, [0, 1, 2, 3, 4]],
    [{ only: ['docker.io/library/*'] }, [0]],
    [{ only: ['nginx*'] }, [0]],
    [{ only: ['nginx', 'grafana/grafana:11.*'] }, [0, 1]],
    [{ only: ['ngin', 'library/nginx', 'nginx:1.2'] }, []],
    [{ exclude: ['nginx', 'grafana/*'] }, [2, 3, 4]],
    [{ only: ['docker.io/library/nginx'] }, [0]],
    [{ only: ['quay.io/prometheus/prometheus:v3.*', 'docker.io/grafana/*'] }, [1, 2]],
    [{ only: ['quay.io/*@sha256:*'] }, [4]],
    [{ exclude: [] }, [0, 1, 2, 3, 4]],
    [{ exclude: ['*'] }, []],
    [{ exclude: ['docker.io/*'] }, [2, 3, 4]],
    [{ exclude: ['quay.io/prometheus/prometheus'] }, [0, 1, 3, 4]],
    [{ exclude: ['*:v3.*', '*:1.27'] }, [1, 3, 4]],
    [{ only: ['quay.io/*'], exclude: ['*/prometheus:*'] }, [3, 4]],
  ])('%j', (options, expected) => {
    const stack = newStack();
    manifest(
      stack,
      IMAGES.map((image) => ({ spec: { containers: [{ image }] } })),
    );
    const redirection = newCache(stack).redirect(stack, { ...options, nodeRoles: [nodeRole(stack)] });
    Template.fromStack(stack);
    expect(redirection.report.flatMap(({ cachedUri }, index) => (cachedUri === undefined ? [] : [index]))).toEqual(
      expected,
    );
    expect(
      redirection.report
        .filter(({ cachedUri }) => cachedUri === undefined)
        .every(({ reason }) => reason === 'the options of the redirection leave it out'),
    ).toBe(true);
  });
});

describe('the report', () => {
  test('has a row for each image, as data', () => {
    const stack = newStack();
    new ecs.CfnTaskDefinition(stack, 'Task', {
      executionRoleArn: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') })
        .roleArn,
      containerDefinitions: [
        { name: 'a', image: 'quay.io/a/b:1' },
        { name: 'b', image: 'example.com/c' },
      ],
    });
    const redirection = newCache(stack).redirect(stack);
    expect(redirection.report).toEqual([]);
    Template.fromStack(stack);
    expect(redirection.report).toEqual([
      {
        constructPath: 'Stack/Task',
        resourceType: TASK,
        place: 'ContainerDefinitions.0.Image',
        image: 'quay.io/a/b:1',
        cachedUri: expect.stringMatching(/^111122223333\.dkr\.ecr\.eu-west-1\..*\/quay\/a\/b:1$/),
        reason: undefined,
      },
      {
        constructPath: 'Stack/Task',
        resourceType: TASK,
        place: 'ContainerDefinitions.1.Image',
        image: 'example.com/c',
        cachedUri: undefined,
        reason: 'the cache has no rule for example.com/c',
      },
    ]);
    redirection.report.pop();
    expect(redirection.report).toHaveLength(2);
  });

  test('says tokens as people know them', () => {
    const stack = new Stack(new App(), 'Stack');
    manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]);
    const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
    Template.fromStack(stack);
    expect(redirection.report[0].cachedUri).toBe(
      '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/quay/a/b:1',
    );
  });
});

test('what another cache has redirected is left as it is', () => {
  const stack = newStack();
  chart(stack, { image: 'quay.io/a/b:1' });
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
    ecrRepositoryPrefix: 'other',
    upstreamRegistryUrl: 'quay.io',
  });
  const second = new PullThroughCache(stack, 'Second', { upstreams: [], existingRules: [rule] }).redirect(stack, {
    nodeRoles: [nodeRole(stack, 'Other')],
  });
  expect(resources(stack, 'Custom::AWSCDK-EKS-HelmChart').Chart.Values).toEqual({ image: `${REGISTRY}/quay/a/b:1` });
  expect(second.report.map(({ image }) => image)).toEqual(['(images that only the chart names)']);
  expect(Object.keys(resources(stack, 'AWS::IAM::Policy'))).toEqual(['NodeRoleDefaultPolicy']);
});

describe('the work for one container', () => {
  /** Calls for an app of so many containers, each in a workload of its own. */
  function count(containers: number, make: (stack: Stack, index: number) => void, nodeRoles: boolean) {
    const stack = newStack('Stack', { '@aws-cdk/core:stackResourceLimit': 0 });
    const roles = nodeRoles ? [nodeRole(stack)] : undefined;
    for (let index = 0; index < containers; index++) {
      make(stack, index);
    }
    const redirection = newCache(stack).redirectionAspect({ nodeRoles: roles });
    // Whatever is dear passes through these.
    const spies = [
      jest.spyOn(RenderedProperties.prototype, 'restore'),
      jest.spyOn(CfnResource.prototype as any, '_toCloudFormation'),
      jest.spyOn(CfnResource.prototype, 'addPropertyOverride'),
      jest.spyOn(Object.getPrototypeOf(stack.node), 'findAll'),
      jest.spyOn(iam.PolicyStatement.prototype, 'addResources'),
      jest.spyOn(Stack.prototype, 'formatArn'),
    ];
    try {
      Aspects.of(stack).add(redirection);
      (stack.node.root as App).synth();
      return {
        calls: spies.map((spy) => spy.mock.calls.length),
        rewritten: redirection.report.filter(({ cachedUri }) => cachedUri).length,
      };
    } finally {
      spies.forEach((spy) => spy.mockRestore());
    }
  }

  test.each<[string, (stack: Stack, index: number) => void]>([
    [
      'an ECS task',
      (stack, index) =>
        new ecs.CfnTaskDefinition(stack, `Task${index}`, {
          executionRoleArn: (
            (stack.node.tryFindChild('Role') as iam.Role | undefined) ??
            new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') })
          ).roleArn,
          containerDefinitions: [{ name: 'web', image: `quay.io/team/app-${index}:1` }],
        }),
    ],
    [
      'a manifest',
      (stack, index) =>
        manifest(stack, [{ spec: { containers: [{ image: `quay.io/team/app-${index}:1` }] } }], `Manifest${index}`),
    ],
  ])('of %s is the same among 100 and 1,000', (_, make) => {
    const [hundred, thousand] = [100, 1000].map((containers) => count(containers, make, true));
    expect([hundred.rewritten, thousand.rewritten]).toEqual([100, 1000]);
    hundred.calls.forEach((calls, spy) => {
      // What is done once for an app is no part of the growth.
      expect([spy, (thousand.calls[spy] - calls) / 900 <= Math.max(calls / 100, 1)]).toEqual([spy, true]);
    });
    expect(Math.max(...thousand.calls) / 1000).toBeLessThan(5);
  });

  test('of a cluster of this app is the same among 50 and 500: its nodes are looked for once', () => {
    const visits = [50, 500].map((manifests) => {
      const stack = newStack('Stack', { '@aws-cdk/core:stackResourceLimit': 0 });
      const cluster = Object.assign(new Construct(stack, 'Cluster'), { clusterName: 'c', clusterArn: 'a' });
      const resource = new CfnResource(cluster, 'Resource', { type: 'Custom::AWSCDK-EKS-Cluster' });
      Object.assign(new Construct(cluster, 'Nodes'), { nodegroupName: 'n', role: nodeRole(stack) });
      for (let index = 0; index < manifests; index++) {
        new CfnResource(new Construct(cluster, `Manifest${index}`), 'Resource', {
          type: 'Custom::AWSCDK-EKS-KubernetesResource',
          properties: {
            ClusterName: resource.ref,
            Manifest: stack.toJsonString([{ spec: { containers: [{ image: `quay.io/team/app-${index}:1` }] } }]),
          },
        });
      }
      const redirection = newCache(stack).redirectionAspect();
      Aspects.of(stack).add(redirection);
      const findAll = jest.spyOn(Object.getPrototypeOf(stack.node), 'findAll');
      (stack.node.root as App).synth();
      const calls = findAll.mock.calls.length;
      findAll.mockRestore();
      expect(redirection.report.filter(({ cachedUri }) => cachedUri)).toHaveLength(manifests);
      return calls;
    });
    expect(visits[1]).toBe(visits[0]);
  });
});
