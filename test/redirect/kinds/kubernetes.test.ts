import { App, aws_ec2 as ec2, aws_eks as eks, aws_s3 as s3, CfnParameter, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  cluster,
  ENV,
  lines,
  manifest,
  newCache,
  newStack,
  nodeRole,
  REGISTRY,
  resources,
} from '../../support/redirect';

const TYPE = 'Custom::AWSCDK-EKS-KubernetesResource';

test('the images of a manifest go through the cache, by the roles of the nodes that are named', () => {
  const stack = newStack();
  manifest(stack, [
    {
      kind: 'Pod',
      spec: {
        containers: [
          { name: 'a', image: 'nginx:1' },
          { name: 'b', image: 'mcr.microsoft.com/a/b:1' },
        ],
      },
    },
  ]);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack), nodeRole(stack, 'OtherRole')] });
  expect(resources(stack, TYPE).Manifest.Manifest).toEqual([
    {
      kind: 'Pod',
      spec: {
        containers: [
          { name: 'a', image: `${REGISTRY}/docker-hub/library/nginx:1` },
          { name: 'b', image: 'mcr.microsoft.com/a/b:1' },
        ],
      },
    },
  ]);
  expect(lines(redirection)).toEqual([
    'Manifest[0].spec.containers[0].image: nginx:1 -> CACHE/docker-hub/library/nginx:1',
    'Manifest[0].spec.containers[1].image: mcr.microsoft.com/a/b:1 -> (the cache has no rule for ' +
      'mcr.microsoft.com/a/b)',
  ]);
  const policies = resources(stack, 'AWS::IAM::Policy');
  expect(Object.keys(policies)).toEqual(['NodeRoleDefaultPolicy', 'OtherRoleDefaultPolicy']);
  Object.values(policies).forEach((policy) =>
    expect(JSON.stringify(policy)).toContain('repository/docker-hub/library/nginx"'),
  );
});

test('a manifest that is a token, or no JSON, is reported', () => {
  const stack = newStack();
  manifest(stack, {}).addPropertyOverride('Manifest', new CfnParameter(stack, 'Text').valueAsString);
  const redirection = newCache(stack).redirect(stack);
  expect(resources(stack, TYPE).Manifest.Manifest).toBe('Text');
  expect(lines(redirection)).toEqual(['Manifest: (token) -> (it is a token, whose value is not known at synth)']);
});

test('numbers in the place of texts are no harm, and stay to the letter', () => {
  const odd = '1.10';
  const documents = [
    { apiVersion: odd, kind: 'Pod', metadata: { name: odd, namespace: odd }, spec: { serviceAccountName: odd } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: odd }, imagePullSecrets: [odd] },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      spec: { images: [{ name: 'quay.io/a/b', newName: odd, newTag: odd, digest: odd }, { name: odd }, odd] },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      spec: { source: { chart: odd, repoURL: odd, helm: { parameters: [{ name: odd, value: odd }, odd] } } },
    },
    { kind: 'Pod', spec: { containers: [{ image: odd }, { image: 'quay.io/a/b:1' }, odd], volumes: [odd] } },
  ];
  const text = JSON.stringify(documents).replaceAll(`"${odd}"`, odd);
  const stack = newStack();
  manifest(stack, {}).addPropertyOverride('Manifest', text);
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  expect(Properties.Manifest).toBe(text.replace('quay.io/a/b:1', `${REGISTRY}/quay/a/b:1`));
});

/** Whatever else stands in a manifest: the very functions that CDK writes without a redirection. */
test('tokens around the images survive', () => {
  const template = (redirected: boolean) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const other = new s3.Bucket(new Stack(app, 'Other', { env: ENV }), 'Bucket');
    const port = new CfnParameter(stack, 'Port', { type: 'Number' });
    const env = {
      region: stack.region,
      here: new CfnParameter(stack, 'Text').valueAsString,
      elsewhere: other.bucketArn,
      amid: `say "${other.bucketName}"\n`,
      part: Fn.select(1, Fn.split('/', other.bucketArn)),
      joined: Fn.join('"', [other.bucketName, stack.partition, 'x"y']),
      lazy: Lazy.string({ produce: () => 'lazy' }),
      imported: Fn.importValue('Elsewhere'),
    };
    manifest(stack, [
      {
        kind: 'Deployment',
        metadata: { labels: { [`key-${new CfnParameter(stack, 'Key').valueAsString}`]: 'x' } },
        spec: {
          replicas: port.valueAsNumber,
          paused: Lazy.any({ produce: () => true }),
          ratio: 0.5,
          nothing: null,
          template: {
            spec: {
              containers: [
                {
                  image: 'quay.io/a/b:1',
                  ports: [{ containerPort: Token.asNumber(Fn.getAtt('Missing', 'Port')) }],
                  args: Fn.getAzs(),
                  command: Fn.split(',', new CfnParameter(stack, 'Command').valueAsString),
                  env: Object.entries(env).map(([name, value]) => ({ name, value })),
                },
              ],
            },
          },
        },
      },
    ]);
    newCache(stack).redirect(stack, { dryRun: !redirected, nodeRoles: [nodeRole(stack)] });
    const synthesized = Template.fromStack(stack);
    // CDK makes a resource for each list.
    const lists = Object.values(synthesized.findResources('Custom::AWSCDKCfnJsonStringify')).map(
      ({ Properties }) => Properties.Value,
    );
    expect(lists).toEqual([{ 'Fn::GetAZs': '' }, { 'Fn::Split': [',', { Ref: 'Command' }] }]);
    return synthesized.findResources(TYPE).Manifest.Properties.Manifest;
  };
  const [before, after] = [template(false), template(true)].map((text) => text['Fn::Join'][1]);
  expect(JSON.stringify(before)).toContain('Fn::ImportValue');
  const at = before.findIndex((part: unknown) => typeof part === 'string' && part.includes('quay.io/a/b:1'));
  const [left, right] = before[at].split('quay.io/a/b:1');
  expect(after).toEqual([
    ...before.slice(0, at),
    `${left}111122223333.dkr.ecr.eu-west-1.amazonaws.com/quay/a/b:1${right}`,
    ...before.slice(at + 1),
  ]);
});

test('a service account with credentials is known by a namespace and a name that are tokens', () => {
  const stack = newStack();
  const [namespace, name] = ['Namespace', 'Name'].map((id) => new CfnParameter(stack, id).valueAsString);
  manifest(stack, [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: `web-${name}`, namespace },
      imagePullSecrets: [{ name: 'x' }],
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace },
      spec: { serviceAccountName: `web-${name}`, containers: [{ image: 'quay.io/a/b:1' }] },
    },
  ]);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const { Manifest } = resources(stack, TYPE).Manifest;
  expect(Manifest[1].spec.containers[0].image).toBe('quay.io/a/b:1');
  expect(lines(redirection)).toEqual([
    'Manifest[1].spec.containers[0].image: quay.io/a/b:1 -> (it is pulled with credentials of its own)',
  ]);
});

describe('a cluster of CDK', () => {
  test('lets its node groups, Fargate profiles and groups of instances pull, inside and outside of it', () => {
    const stack = newStack();
    const own = cluster(stack, { defaultCapacity: 1 });
    own.addFargateProfile('Profile', { selectors: [{ namespace: 'default' }] });
    own.addAutoScalingGroupCapacity('Group', { instanceType: new ec2.InstanceType('t3.large') });
    new eks.Nodegroup(stack, 'Outside', { cluster: own });
    own.addManifest('Pod', {
      kind: 'Pod',
      metadata: { name: own.clusterName },
      spec: { containers: [{ image: 'quay.io/a/b:1' }] },
    });
    own.addHelmChart('Web', { chart: 'web', values: { image: { repository: 'quay.io/a/chart' } } });
    newCache(stack).redirect(stack);

    const template = Template.fromStack(stack);
    const pullers = Object.values<any>(template.findResources('AWS::IAM::Policy'))
      .filter(
        ({ Properties }) =>
          JSON.stringify(Properties.PolicyDocument).includes('repository/quay/a/b"') &&
          JSON.stringify(Properties).includes('ecr:CreateRepository'),
      )
      .map(({ Properties }) => Properties.Roles[0].Ref.replace(/[0-9A-F]{8}$/, ''));
    expect(pullers.sort()).toEqual([
      'ClusterGroupInstanceRole',
      'ClusterNodegroupDefaultCapacityNodeGroupRole',
      'ClusterfargateprofileProfilePodExecutionRole',
      'OutsideNodeGroupRole',
    ]);
    const [pod] = Object.values<any>(template.findResources(TYPE)).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('/quay/a/b:1'),
    );
    const parts = pod.Properties.Manifest['Fn::Join'][1];
    expect(parts).toContainEqual({ Ref: stack.getLogicalId(own.node.defaultChild!.node.defaultChild as any) });
  });

  test('that this app does not make has nodes that nobody knows', () => {
    const stack = newStack();
    const existing = eks.Cluster.fromClusterAttributes(stack, 'Existing', {
      clusterName: 'mine',
      kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
    });
    new eks.KubernetesManifest(stack, 'Pod', {
      cluster: existing,
      manifest: [{ kind: 'Pod', spec: { containers: [{ image: 'quay.io/a/b:1' }] } }],
    });
    const redirection = newCache(stack).redirect(stack);
    expect(JSON.stringify(resources(stack, TYPE))).not.toContain(REGISTRY);
    expect(lines(redirection)).toEqual([
      'Manifest[0].spec.containers[0].image: quay.io/a/b:1 -> (the roles of the nodes that pull are not known; ' +
        'name them in the nodeRoles of the redirection)',
    ]);
  });
});
