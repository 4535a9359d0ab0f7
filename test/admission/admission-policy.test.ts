import { App, Aws, CfnElement, CfnResource, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { parseAllDocuments } from 'yaml';
import {
  AdmissionEngine,
  AdmissionFailurePolicy,
  AdmissionNamespaces,
  AdmissionPolicy,
  AdmissionPolicyOptions,
  AdmissionReport,
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import { deployed, REGISTRY } from '../support/redirect';
import { homeStack, openStack } from '../support/util';

const credentials = UpstreamCredentials.fromSecretName('upstream');

function newCache(
  stack: Stack = homeStack(),
  upstreams = [UpstreamRegistry.quay(), UpstreamRegistry.dockerHub(credentials)],
) {
  return new PullThroughCache(stack, 'Cache', { upstreams });
}

/** A policy whose nodes may pull already. */
const policyOf = (options: AdmissionPolicyOptions = {}, cache = newCache()) =>
  cache.admissionPolicy({ nodeRoles: [], ...options });
const kinds = (policy: AdmissionPolicy) => policy.manifests.map(({ kind }) => kind);
const nodeRole = (stack: Stack, id = 'Nodes') =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
const rulesOf = (policy: AdmissionPolicy): string =>
  policy.manifests[0].spec.variables.find(({ name }: any) => name === 'rules').expression;

describe('engines', () => {
  test('Kubernetes has a policy and a binding', () => {
    const policy = policyOf();
    expect(kinds(policy)).toEqual(['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']);
    const [mutating, binding] = policy.manifests;
    expect(mutating).toMatchObject({
      apiVersion: 'admissionregistration.k8s.io/v1',
      metadata: { name: 'ecr-pull-through-cache' },
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
            { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
          ],
        },
        matchConditions: [
          { name: 'not-a-mirror-pod' },
          { name: 'not-left-alone', expression: "!('cnpg.io/cluster' in object.metadata.?labels.orValue({}))" },
        ],
      },
    });
    expect(binding).toEqual({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'ecr-pull-through-cache' },
      spec: {
        policyName: 'ecr-pull-through-cache',
        matchResources: {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
          },
        },
      },
    });
  });

  test('v1beta1 is the same but for its version', () => {
    const text = (engine: AdmissionEngine) => JSON.stringify(policyOf({ engine }).manifests);
    expect(text(AdmissionEngine.KUBERNETES_V1BETA1)).toBe(
      text(AdmissionEngine.KUBERNETES).replace(/k8s\.io\/v1"/g, 'k8s.io/v1beta1"'),
    );
  });

  test('Kyverno has one policy, with the very expressions of Kubernetes', () => {
    const policy = policyOf({ engine: AdmissionEngine.KYVERNO });
    expect(kinds(policy)).toEqual(['MutatingPolicy']);
    const [{ apiVersion, spec }] = policy.manifests;
    const [{ spec: ofKubernetes }] = policyOf().manifests;
    expect(apiVersion).toBe('policies.kyverno.io/v1');
    for (const part of ['variables', 'mutations', 'matchConditions', 'failurePolicy', 'reinvocationPolicy']) {
      expect(spec[part]).toEqual(ofKubernetes[part]);
    }
    expect(spec.matchConstraints.namespaceSelector.matchExpressions[0].values).toEqual(['kube-system']);
    expect(spec.autogen).toEqual({ podControllers: { controllers: [] } });
    expect(spec.evaluation.mutateExisting).toEqual({ enabled: false });
  });
});

describe('options', () => {
  test('name, failure policy, namespaces and pods', () => {
    const [{ metadata, spec }, binding] = policyOf({
      name: 'team-a.cache',
      failurePolicy: AdmissionFailurePolicy.FAIL,
      namespaces: AdmissionNamespaces.labelled('ecr-cache', 'enabled'),
      excludePods: ['strimzi.io/kind=Kafka', 'job-name'],
    }).manifests;
    expect(metadata.name).toBe('team-a.cache');
    expect(spec.failurePolicy).toBe('Fail');
    const labels = 'object.metadata.?labels.orValue({})';
    expect(spec.matchConditions[1].expression).toBe(
      `!('strimzi.io/kind' in ${labels} && ${labels}['strimzi.io/kind'] == 'Kafka')\n&& !('job-name' in ${labels})`,
    );
    expect(binding.spec.matchResources.namespaceSelector.matchExpressions).toEqual([
      { key: 'ecr-cache', operator: 'In', values: ['enabled'] },
    ]);
  });

  test('all pods of all namespaces', () => {
    for (const engine of [AdmissionEngine.KUBERNETES, AdmissionEngine.KYVERNO]) {
      const { manifests } = policyOf({ engine, namespaces: AdmissionNamespaces.allExcept(), excludePods: [] });
      expect(JSON.stringify(manifests)).not.toMatch(/not-left-alone|namespaceSelector|matchResources/);
    }
  });

  test.each<[string, AdmissionPolicyOptions, string]>([
    ['a name', { name: 'My Policy' }, 'the name of the policy is not valid in Kubernetes; got "My Policy"'],
    ['a long name', { name: 'a'.repeat(247) }, 'at most 246 characters'],
    ['a label', { excludePods: ['/x'] }, 'the key of the pod label is not valid in Kubernetes; got "/x"'],
    ['a label without a key', { excludePods: ['=x'] }, 'the key of the pod label'],
    ['a dry run', { dryRun: true, report: [] }, 'a dry run that reports nowhere does nothing'],
    [
      'the value of a label',
      { excludePods: ['a=b c'] },
      'the value of the pod label is not valid in Kubernetes; got "b c"',
    ],
  ])('fails for %s that cannot be', (_, options, message) => {
    expect(() => policyOf(options)).toThrow(message);
  });

  test('fails for namespaces that there cannot be', () => {
    expect(() => AdmissionNamespaces.only()).toThrow('no namespace is named');
    expect(() => AdmissionNamespaces.only('A')).toThrow(
      'the name of the namespace is not valid in Kubernetes; got "A"',
    );
    expect(() => AdmissionNamespaces.allExcept('a.b')).toThrow('the name of the namespace');
    expect(() => AdmissionNamespaces.labelled('a b', 'c')).toThrow('the key of the namespace label');
    expect(() => AdmissionNamespaces.labelled('a', '-')).toThrow('the value of the namespace label');
  });

  test('tokens pass', () => {
    const name = Aws.STACK_NAME;
    const [{ metadata }, binding] = policyOf({
      name,
      namespaces: AdmissionNamespaces.only(name),
      excludePods: [`app=${name}`],
    }).manifests;
    expect(metadata.name).toBe(name);
    expect(binding.spec.matchResources.namespaceSelector.matchExpressions[0].values).toEqual([name]);
  });
});

describe('reports', () => {
  test('a report stands beside the policy', () => {
    const policy = policyOf({ report: [AdmissionReport.WARN, AdmissionReport.AUDIT, AdmissionReport.WARN] });
    expect(kinds(policy)).toEqual([
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    const [mutating, binding, validating, reporting] = policy.manifests;
    expect(validating.metadata.name).toBe('ecr-pull-through-cache-report');
    expect(validating.spec).toMatchObject({
      failurePolicy: 'Ignore',
      matchConstraints: mutating.spec.matchConstraints,
      matchConditions: mutating.spec.matchConditions,
    });
    expect(validating.spec.variables.slice(0, mutating.spec.variables.length)).toEqual(mutating.spec.variables);
    expect(reporting.spec).toEqual({
      policyName: 'ecr-pull-through-cache-report',
      validationActions: ['Warn', 'Audit'],
      matchResources: binding.spec.matchResources,
    });
  });

  test('a dry run only reports, and nobody may pull by it', () => {
    const stack = homeStack();
    const role = nodeRole(stack);
    const policy = newCache(stack).admissionPolicy({ dryRun: true, nodeRoles: [role] });
    expect(kinds(policy)).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);
    expect(policy.manifests[1].spec.validationActions).toEqual(['Audit']);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });

  test('a dry run tells of no unknown nodes', () => {
    const stack = homeStack();
    newCache(stack).admissionPolicy({ dryRun: true });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('Kyverno changes, and Kubernetes reports', () => {
    expect(kinds(policyOf({ engine: AdmissionEngine.KYVERNO, report: [AdmissionReport.WARN] }))).toEqual([
      'MutatingPolicy',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
  });
});

describe('rules', () => {
  test('the registry is that of the images of the cache', () => {
    for (const stack of [homeStack(), openStack()]) {
      const cache = newCache(stack);
      const host = (text: string) =>
        JSON.stringify(stack.resolve(text)).replace(/\{"Ref":"AWS::URLSuffix"\}/g, '"amazonaws.com"');
      const fromImage = host(cache.image('quay.io/a/b:1').uri.split('/')[0]);
      const fromPolicy = host(rulesOf(policyOf({}, cache)).split("'")[3].split('/')[0]);
      const joined = (text: string) =>
        text.replace(/","/g, '').replace(/\{"Fn::Join":\["",\["([^[\]]*)"\]\]\}/, '"$1"');
      expect(joined(fromPolicy)).toBe(joined(fromImage));
    }
  });

  test('a rule of another account and region has its own registry', () => {
    const stack = homeStack();
    const central = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Central', {
      ecrRepositoryPrefix: 'central',
      upstreamRegistryUrl: 'ghcr.io',
      account: '444455556666',
      region: 'us-gov-west-1',
    });
    const cache = new PullThroughCache(stack, 'Cache', {
      upstreams: [UpstreamRegistry.quay()],
      existingRules: [central],
    });
    expect(rulesOf(policyOf({}, cache))).toContain(
      [
        "['quay.io/', '111122223333.dkr.ecr.eu-west-1.amazonaws.com/', 'quay/'],",
        "  ['ghcr.io/', '444455556666.dkr.ecr.us-gov-west-1.amazonaws.com/', 'central/']",
      ].join('\n'),
    );
  });

  test('a region that CDK does not know has the suffix of CloudFormation', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'xx-new-1' } });
    expect(rulesOf(policyOf({}, newCache(stack)))).toContain(`111122223333.dkr.ecr.xx-new-1.${stack.urlSuffix}/`);
  });

  test('rules for ECR are left out', () => {
    const cache = newCache(homeStack(), [
      UpstreamRegistry.quay(),
      UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
    ]);
    expect(rulesOf(policyOf({}, cache))).not.toContain('444455556666');
    const only = newCache(homeStack(), [UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' })]);
    expect(() => policyOf({}, only)).toThrow('no rule of the cache is of use to an admission policy');
  });

  test('rules whose upstream is a token are left out, and told', () => {
    const stack = homeStack();
    const unknown = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Unknown', {
      ecrRepositoryPrefix: 'unknown',
      upstreamRegistryUrl: Aws.STACK_NAME,
    });
    const cache = new PullThroughCache(stack, 'Cache', {
      upstreams: [UpstreamRegistry.quay()],
      existingRules: [unknown],
    });
    expect(rulesOf(policyOf({}, cache))).not.toContain('unknown');
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Cache',
      Match.stringLikeRegexp('the rule Stack/Unknown is not in the admission policy.*AdmissionPolicy.unknownUpstream'),
    );
  });
});

describe('YAML', () => {
  test('has the manifests', () => {
    const policy = policyOf({ report: [AdmissionReport.AUDIT] });
    expect(parseAllDocuments(policy.toYaml()).map((document) => document.toJS())).toEqual(policy.manifests);
  });

  test('says what to do where the environment is open', () => {
    expect(() => policyOf({}, newCache(openStack())).toYaml()).toThrow('the manifests hold CDK tokens');
  });

  test('who changes a manifest changes no other', () => {
    const policy = policyOf();
    policy.manifests[0].metadata.name = 'other';
    expect(policy.manifests[0].metadata.name).toBe('ecr-pull-through-cache');
  });
});

describe('nodes', () => {
  const actions = [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:BatchImportUpstreamImage',
    'ecr:CreateRepository',
    'ecr:GetDownloadUrlForLayer',
  ];
  const repositories = (text: string) => [...text.matchAll(/:repository\/([\w/*-]+)/g)].map(([, name]) => name).sort();

  test('the roles that are named may pull through every rule', () => {
    const stack = homeStack();
    const roles = [nodeRole(stack, 'One'), nodeRole(stack, 'Two')];
    newCache(stack).admissionPolicy({ nodeRoles: roles });
    const policies = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policies).toHaveLength(2);
    for (const { Properties } of policies) {
      const pulls = Properties.PolicyDocument.Statement.find(({ Resource }: any) => Resource !== '*');
      expect(pulls.Action).toEqual(actions);
      expect(repositories(JSON.stringify(pulls))).toEqual(['docker-hub/*', 'quay/*']);
    }
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('unknown nodes are told', () => {
    const stack = homeStack();
    newCache(stack).admissionPolicy();
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Cache',
      Match.stringLikeRegexp('name them in nodeRoles.*cdk-ecr-pull-through-cache:AdmissionPolicy.unknownNodes'),
    );
  });

  test('no roles say that they may pull already', () => {
    const stack = homeStack();
    policyOf({}, newCache(stack));
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('the node groups of a cluster are found, also those that are added later', () => {
    const stack = homeStack();
    const cluster = new eks.Cluster(stack, 'Eks', {
      version: eks.KubernetesVersion.V1_33,
      defaultCapacity: 0,
      kubectlLayer: LayerVersion.fromLayerVersionArn(
        stack,
        'Kubectl',
        'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
      ),
    });
    newCache(stack).admissionPolicy({ cluster });
    cluster.addNodegroupCapacity('Late');
    const policies = Object.entries<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.includes('NodeGroupRole'),
    );
    expect(policies).toHaveLength(1);
    expect(repositories(JSON.stringify(policies))).toEqual(['docker-hub/*', 'quay/*']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('unknownNodes'));
  });

  test('the nodes of Auto Mode are found, and told nothing of', () => {
    const stack = homeStack();
    const cluster = new eksv2.Cluster(stack, 'Eks', { version: eksv2.KubernetesVersion.V1_33 });
    newCache(stack).admissionPolicy({ cluster });
    const policies = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const pulls = policies.filter(({ Properties }) => JSON.stringify(Properties).includes('ecr:CreateRepository'));
    expect(pulls).toHaveLength(1);
    expect(repositories(JSON.stringify(pulls))).toEqual(['docker-hub/*', 'quay/*']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('AdmissionPolicy.unknownNodes'));
  });

  test('a cluster whose nodes are not known is told', () => {
    const stack = homeStack();
    const cluster = eks.Cluster.fromClusterAttributes(stack, 'Eks', { clusterName: 'main' });
    newCache(stack).admissionPolicy({ cluster });
    Annotations.fromStack(stack).hasWarning('/Stack/Cache', Match.stringLikeRegexp('AdmissionPolicy.unknownNodes'));
  });
});

describe('in a stack', () => {
  const v1 = (stack: Stack): { addManifest: (id: string, ...manifest: any[]) => CfnElement | any } =>
    new eks.Cluster(stack, 'Eks', {
      version: eks.KubernetesVersion.V1_33,
      defaultCapacity: 0,
      kubectlLayer: LayerVersion.fromLayerVersionArn(
        stack,
        'Kubectl',
        'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
      ),
    });
  const v2 = (stack: Stack): { addManifest: (id: string, ...manifest: any[]) => CfnElement | any } =>
    new eksv2.Cluster(stack, 'Eks', {
      version: eksv2.KubernetesVersion.V1_33,
      kubectlProviderOptions: {
        kubectlLayer: LayerVersion.fromLayerVersionArn(
          stack,
          'Kubectl',
          'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
        ),
      },
    });

  test.each([
    ['aws-eks', v1],
    ['aws-eks-v2', v2],
  ])('%s applies the manifests, with what CloudFormation fills in', (_, newCluster) => {
    const stack = openStack();
    const cluster = newCluster(stack);
    const cache = newCache(stack);
    const policy = cache.admissionPolicy({ nodeRoles: [], report: [AdmissionReport.AUDIT] });
    policy.manifests.forEach((manifest) => cluster.addManifest(manifest.kind, manifest));
    // A redirection changes nothing of it.
    cache.redirect(stack);

    const applied = Object.values<any>(deployed(stack).Resources)
      .filter(({ Type }) => Type === 'Custom::AWSCDK-EKS-KubernetesResource')
      .flatMap(({ Properties }) => Properties.Manifest)
      .filter(({ apiVersion }) => apiVersion.startsWith('admissionregistration'));
    const home = policyOf({ report: [AdmissionReport.AUDIT] });
    // CDK adds a label by which it prunes.
    const withoutLabels = applied.map(({ metadata, ...rest }) => ({ ...rest, metadata: { name: metadata.name } }));
    expect(withoutLabels).toEqual(home.manifests);
    expect(JSON.stringify(applied)).toContain(`${REGISTRY}/`);
  });
});

describe('order', () => {
  test('what depends on the policy comes after its rules and the permissions of the nodes', () => {
    const stack = homeStack();
    const cluster = new eks.Cluster(stack, 'Eks', {
      version: eks.KubernetesVersion.V1_33,
      defaultCapacity: 0,
      kubectlLayer: LayerVersion.fromLayerVersionArn(
        stack,
        'Kubectl',
        'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
      ),
    });
    const policy = newCache(stack).admissionPolicy({ nodeRoles: [nodeRole(stack)], cluster });
    const manifest = cluster.addManifest('Policy', policy.manifests[0]);
    manifest.node.addDependency(policy);
    cluster.addNodegroupCapacity('Late');
    const [applied] = Object.values<any>(
      Template.fromStack(stack).findResources('Custom::AWSCDK-EKS-KubernetesResource', {
        Properties: { Manifest: Match.stringLikeRegexp('MutatingAdmissionPolicy') },
      }),
    );
    const before: string[] = applied.DependsOn.map((id: string) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(before).toEqual(
      expect.arrayContaining([
        'PullThroughCacheRuleDockerHub',
        'PullThroughCacheRuleQuay',
        'NodesDefaultPolicy',
        'EksNodegroupLateNodeGroupRoleDefaultPolicy',
      ]),
    );
  });

  test('a dry run comes after the rules', () => {
    const stack = homeStack();
    const policy = newCache(stack).admissionPolicy({ dryRun: true });
    const resource = new CfnResource(stack, 'Resource', { type: 'AWS::Test::Test' });
    resource.node.addDependency(policy);
    expect(Template.fromStack(stack).findResources('AWS::Test::Test').Resource.DependsOn).toHaveLength(2);
  });
});
