import { App, aws_eks as eks, aws_eks_v2 as eks2, aws_iam as iam, CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PullThroughCache, UpstreamRegistry } from '../../../src';
import {
  cluster,
  deployed,
  ENV,
  lines,
  newCache,
  newStack,
  nodeRole,
  REGISTRY,
  withoutHash,
} from '../../support/redirect';
import { Principal } from '../../support/simulate';

const TYPE = 'Custom::AWSCDK-EKS-HelmChart';
const OCI = 'oci://public.ecr.aws/karpenter/karpenter';
const CACHED = `oci://${REGISTRY}/ecr-public/karpenter/karpenter`;
const KARPENTER = { chart: 'karpenter', repository: OCI, version: '1.2.0' };
const NO_ROLE =
  "CDK's function that installs charts pulls it, and its role is not known here, as with a provider that is " +
  'imported: name the repository of the cache in the chart, and let that role pull';

type Charts = Pick<eks.ICluster, 'addHelmChart'>;

const layer = (stack: Stack) =>
  new LayerVersion(stack, 'Layer', {
    code: Code.fromBucket(Bucket.fromBucketName(stack, 'Bucket', 'tools'), 'kubectl.zip'),
  });

const CLUSTERS: Record<string, (stack: Stack) => Charts> = {
  'aws-eks': (stack) => cluster(stack),
  'aws-eks-v2': (stack) =>
    new eks2.Cluster(stack, 'Cluster', {
      version: eks2.KubernetesVersion.V1_31,
      kubectlProviderOptions: { kubectlLayer: layer(stack) },
    }) as unknown as Charts,
  'aws-eks, with a role for the function': (stack) =>
    cluster(stack, {
      kubectlLambdaRole: new iam.Role(stack, 'Handler', {
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      }),
    }),
  'aws-eks, of a cluster that is imported': (stack) =>
    eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'mine',
      kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
      kubectlLayer: layer(stack),
    }),
};

/** All stacks of an app, with those that are nested. */
const templatesOf = (stack: Stack): any[] =>
  stack.node.root.node
    .findAll()
    .filter((node): node is Stack => Stack.isStack(node))
    .map((one) => Template.fromStack(one).toJSON());

const chartOf = (stack: Stack) => Object.values<any>(Template.fromStack(stack).findResources(TYPE))[0];

describe.each(Object.entries(CLUSTERS))('a chart of a registry, on a cluster of %s', (_, make) => {
  const synthesize = (isRedirected: boolean) => {
    const stack = newStack();
    make(stack).addHelmChart('Karpenter', { ...KARPENTER, values: { sidecar: { image: 'quay.io/a/b:1' } } });
    const cache = newCache(stack);
    const redirection = isRedirected ? cache.redirect(stack, { nodeRoles: [nodeRole(stack)] }) : undefined;
    return { stack, redirection, chart: chartOf(stack), templates: templatesOf(stack) };
  };
  const before = synthesize(false);
  const after = synthesize(true);

  /** The function that runs Helm, by what its execution role may do. */
  const handler = (templates: any[]) => {
    const template = templates.find((one) =>
      Object.values<any>(one.Resources ?? {}).some(({ Properties }) =>
        /kubectl resource provider/.test(Properties?.Description),
      ),
    );
    const { Properties } = Object.values<any>(template.Resources).find((one) =>
      /kubectl resource provider/.test(one.Properties?.Description),
    );
    const name = JSON.stringify(Properties.Role);
    const [role, home] = templates
      .flatMap((one) => Object.entries<any>(one.Resources ?? {}).map(([id, resource]) => [id, one, resource]))
      .find(
        ([id, , { Type }]) =>
          Type === 'AWS::IAM::Role' && new RegExp(`${withoutHash(id)}[0-9A-F]{8}(Arn)?"`).test(name),
      )!;
    // What AWS manages lets pull, and neither import nor make repositories.
    const { ManagedPolicyArns, ...properties } = home.Resources[role].Properties;
    expect(JSON.stringify(ManagedPolicyArns)).toContain('AmazonEC2ContainerRegistry');
    return Principal.of(
      { Resources: { ...home.Resources, [role]: { Type: 'AWS::IAM::Role', Properties: properties } } },
      role,
      ENV,
    );
  };

  test('goes through the cache, and keeps its name and version', () => {
    expect(after.chart.Properties).toMatchObject({ Repository: CACHED, Chart: 'karpenter', Version: '1.2.0' });
    expect({ ...after.chart.Properties, Repository: OCI, Values: before.chart.Properties.Values }).toEqual(
      before.chart.Properties,
    );
    expect(lines(after.redirection!).slice(0, 2)).toEqual([
      'Repository: public.ecr.aws/karpenter/karpenter:1.2.0 -> CACHE/ecr-public/karpenter/karpenter:1.2.0',
      'Values.sidecar.image: quay.io/a/b:1 -> CACHE/quay/a/b:1',
    ]);
  });

  test('is pulled by the function of CDK, and waits for its policy and the rule', async () => {
    const arn = (repository: string) => `arn:aws:ecr:eu-west-1:111122223333:repository/${repository}`;
    const [without, with_] = [handler(before.templates), handler(after.templates)];
    for (const action of [
      'ecr:CreateRepository',
      'ecr:BatchImportUpstreamImage',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ]) {
      expect([action, await with_.may(action, arn('ecr-public/karpenter/karpenter'))]).toEqual([action, 'Allowed']);
      expect([action, await without.may(action, arn('ecr-public/karpenter/karpenter'))]).toEqual([
        action,
        'ImplicitlyDenied',
      ]);
      expect([action, await with_.may(action, arn('ecr-public/karpenter/karpenter-crd'))]).toEqual([
        action,
        'ImplicitlyDenied',
      ]);
      // The images of its values are pulled by nodes.
      expect([action, await with_.may(action, arn('quay/a/b'))]).toEqual([action, 'ImplicitlyDenied']);
    }
    expect(await with_.may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
    const waitsFor = after.chart.DependsOn.map(withoutHash).join(' ');
    expect(waitsFor).toMatch(/PullThroughCacheRuleEcrPublic/);
    expect(waitsFor).toMatch(/(Handler|HandlerServiceRole|Role)DefaultPolicy|KubectlProvider/);
  });

  test('whose images nodes pull', async () => {
    const { stack } = after;
    const role = Principal.of(
      Template.fromStack(stack).toJSON(),
      stack.getLogicalId(stack.node.findChild('NodeRole').node.defaultChild as CfnResource),
      ENV,
    );
    expect(await role.may('ecr:CreateRepository', 'arn:aws:ecr:eu-west-1:111122223333:repository/quay/a/b')).toBe(
      'Allowed',
    );
    expect(
      await role.may(
        'ecr:CreateRepository',
        'arn:aws:ecr:eu-west-1:111122223333:repository/ecr-public/karpenter/karpenter',
      ),
    ).toBe('ImplicitlyDenied');
  });
});

/** A chart of a function that has the shape of CDK's, which takes less time than a cluster. */
function withProperties(properties: Record<string, unknown>): { repository: unknown; report: string[]; all: any } {
  const stack = newStack();
  const provider = new Construct(stack, 'Provider');
  const role = new iam.Role(stack, 'Handler', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  Object.assign(provider, { onEventHandler: { role } });
  const handler = new CfnResource(provider, 'Function', {
    type: 'AWS::Lambda::Function',
    properties: { Role: role.roleArn },
  });
  new CfnResource(stack, 'Chart', {
    type: TYPE,
    properties: { ServiceToken: handler.getAtt('Arn'), Chart: 'karpenter', Version: '1.2.0', ...properties },
  });
  const redirection = newCache(stack).redirect(stack);
  const { Properties } = deployed(stack).Resources.Chart;
  return { repository: Properties.Repository, report: lines(redirection).slice(0, -1), all: Properties };
}

test('values that were not given are not given afterwards', () => {
  const { all } = withProperties({ Repository: OCI });
  expect(all.Repository).toBe(CACHED);
  expect('Values' in all).toBe(false);
});

test.each([
  ['oci://ghcr.io/team/charts/web', `oci://${REGISTRY}/github/team/charts/web`],
  ['oci://quay.io/team/web/', `oci://${REGISTRY}/quay/team/web`],
  ['oci://registry-1.docker.io/bitnamicharts/redis', `oci://${REGISTRY}/docker-hub/bitnamicharts/redis`],
])('%s becomes %s', (before, after) => {
  expect(withProperties({ Repository: before }).repository).toBe(after);
});

test.each([
  ['an address', 'https://charts.example.com', undefined],
  ['an address below a registry', 'https://quay.io/charts', undefined],
  ['another registry', 'oci://mcr.microsoft.com/a/b', 'the cache has no rule for mcr.microsoft.com/a/b'],
  ['a registry of ECR', 'oci://444455556666.dkr.ecr.us-east-1.amazonaws.com/a/b', 'it is in a private registry of ECR'],
  ['what is no name', 'oci://quay.io/A/B', 'it is not an image reference'],
])('a chart of %s stays', (_, repository, reason) => {
  const { repository: after, report } = withProperties({ Repository: repository });
  expect(after).toBe(repository);
  expect(report).toEqual(
    reason === undefined ? [] : [`Repository: ${repository.slice('oci://'.length)}:1.2.0 -> (${reason})`],
  );
});

describe('the version', () => {
  test.each(['1.2.0', 'v1.2.0', '1.2', '1', '1.2.0-rc.1', '0.0.0-a1b2c3'])('%s is one', (Version) => {
    const { repository, all } = withProperties({ Repository: OCI, Version });
    expect([repository, all.Version]).toEqual([CACHED, Version]);
  });

  test('with a build has the tag that Helm makes of it', () => {
    const { report } = withProperties({ Repository: OCI, Version: '1.2.0+build.5' });
    expect(report).toEqual([
      'Repository: public.ecr.aws/karpenter/karpenter:1.2.0_build.5 -> ' +
        'CACHE/ecr-public/karpenter/karpenter:1.2.0_build.5',
    ]);
  });

  test.each(['^1.2.0', '~1.2', '1.x', '>=1.0.0', '1.2.0 - 1.4.0', '*', '', undefined, { Ref: 'Version' }])(
    '%s is none that a cache knows',
    (Version) => {
      const { repository, report } = withProperties({ Repository: OCI, Version });
      expect(repository).toBe(OCI);
      expect(report).toEqual([expect.stringContaining('a chart in a cache needs a version that is known at synth')]);
    },
  );
});

test('of an Fn::If, both sides', () => {
  const sides = (left: unknown, right: unknown) => ({ 'Fn::If': ['IsNew', left, right] });
  const stack = newStack();
  const own = cluster(stack);
  own.addHelmChart('Karpenter', KARPENTER);
  const resource = own.node
    .findAll()
    .find((node): node is CfnResource => CfnResource.isCfnResource(node) && node.cfnResourceType === TYPE)!;
  resource.addPropertyOverride('Repository', sides(OCI, 'https://charts.example.com'));
  newCache(stack).redirect(stack);
  expect(chartOf(stack).Properties.Repository).toEqual(sides(CACHED, 'https://charts.example.com'));
});

test('a chart of the cache itself gets its permission', () => {
  const stack = newStack();
  const cache = newCache(stack);
  const { repository } = cache.image('public.ecr.aws/karpenter/karpenter');
  cluster(stack).addHelmChart('Karpenter', { ...KARPENTER, repository: `oci://${repository.repositoryUri}` });
  const redirection = cache.redirect(stack);
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toContain(
    '"ecr:CreateRepository"',
  );
  expect(lines(redirection)[0]).toMatch(/ -> CACHE\/ecr-public\/karpenter\/karpenter:1\.2\.0$/);
});

test('a chart that is named as a whole is told: nobody signs in for it', () => {
  const { all, report } = withProperties({ Chart: OCI });
  expect(all.Chart).toBe(OCI);
  expect(report).toEqual([
    "Chart: public.ecr.aws/karpenter/karpenter:1.2.0 -> (CDK's function signs in to ECR only for the property " +
      'repository: write the chart there, with its whole address)',
  ]);
});

test('a repository that is a token is left alone', () => {
  const stack = newStack();
  const name = new CfnParameter(stack, 'Name').valueAsString;
  cluster(stack).addHelmChart('Karpenter', { ...KARPENTER, repository: `oci://quay.io/${name}` });
  const redirection = newCache(stack).redirect(stack);
  expect(chartOf(stack).Properties.Repository).toEqual({ 'Fn::Join': ['', ['oci://quay.io/', { Ref: 'Name' }]] });
  expect(lines(redirection)[0]).toBe('Repository: quay.io/${…} -> (it is a token, whose value is not known at synth)');
});

describe('a function whose role cannot be given permission', () => {
  const provided = (stack: Stack) =>
    eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'mine',
      kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'Provider', {
        functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:kubectl',
        kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
        handlerRole: iam.Role.fromRoleArn(stack, 'Handler', 'arn:aws:iam::111122223333:role/handler'),
      }),
    });
  const immutable = (stack: Stack) =>
    cluster(stack, {
      kubectlLambdaRole: iam.Role.fromRoleArn(stack, 'Handler', 'arn:aws:iam::111122223333:role/handler', {
        mutable: false,
      }),
    });

  test.each<[string, (stack: Stack) => Charts, string]>([
    ['is imported', provided, NO_ROLE],
    ['has a role that takes no policy', immutable, 'takes no permissions'],
  ])('that %s: the chart stays, and that is told', (_, make, reason) => {
    const stack = newStack();
    make(stack).addHelmChart('Karpenter', KARPENTER);
    const redirection = newCache(stack).redirect(stack);
    expect(chartOf(stack).Properties.Repository).toBe(OCI);
    expect(lines(redirection)[0]).toContain(reason);
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Cache',
      Match.stringLikeRegexp('public.ecr.aws/karpenter/karpenter:1.2.0'),
    );
  });

  test('of a role of another account', () => {
    const stack = newStack();
    const handler = iam.Role.fromRoleArn(stack, 'Handler', 'arn:aws:iam::444455556666:role/handler');
    cluster(stack, { kubectlLambdaRole: handler }).addHelmChart('Karpenter', KARPENTER);
    newCache(stack).redirect(stack);
    expect(chartOf(stack).Properties.Repository).toBe(OCI);
  });
});

test('a chart in another region stays', () => {
  const app = new App();
  const stack = new Stack(app, 'Other', { env: { ...ENV, region: 'us-east-1' } });
  cluster(stack).addHelmChart('Karpenter', KARPENTER);
  const cache = new PullThroughCache(new Stack(app, 'Stack', { env: ENV }), 'Cache', {
    upstreams: [UpstreamRegistry.ecrPublic()],
  });
  const redirection = cache.redirect(app);
  expect(chartOf(stack).Properties.Repository).toBe(OCI);
  expect(lines(redirection)[0]).toContain('another account or region');
});
