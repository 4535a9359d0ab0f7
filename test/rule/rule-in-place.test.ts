import { App, Aspects, CfnResource, NestedStack, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { Principal } from '../support/simulate';
import {
  ACCOUNT,
  ack,
  homeStack,
  makeRule,
  onlyResource,
  OTHER_ACCOUNT,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  RULE,
  templateWithoutMetadata,
  warningsOf,
} from '../support/util';

const KEPT = 'Custom::PullThroughCacheRule';
const FUNCTION = 'AWS::Lambda::Function';
const COMPLETE = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/hub-a1B2c3`;

const hub = (credentials = UpstreamCredentials.fromSecretName('hub')) => UpstreamRegistry.dockerHub(credentials);
const keptRule = (stack: Stack, upstream = hub(), id = 'Rule') =>
  makeRule(stack, id, { upstream, changeInPlace: true });

/** Who keeps the rules of a stack. */
function keeperOf(stack: Stack): Principal {
  const [role] = Object.keys(resourcesOf(stack, 'AWS::IAM::Role')).filter((id) =>
    /^PullThroughCacheRulesRole/.test(id),
  );
  return Principal.of(Template.fromStack(stack).toJSON(), role, { account: ACCOUNT, region: REGION });
}

describe('a rule that is changed in place', () => {
  test('has the properties of any other, and no resource of CloudFormation', () => {
    const upstream = hub(UpstreamCredentials.fromSecretCompleteArn(COMPLETE));
    const [plain, kept] = [homeStack(), homeStack()];
    makeRule(plain, 'Rule', { upstream, upstreamRepositoryPrefix: 'team' });
    makeRule(kept, 'Rule', { upstream, upstreamRepositoryPrefix: 'team', changeInPlace: true });
    const { Properties } = onlyResource(kept, KEPT);
    expect(Properties).toEqual({
      ...onlyResource(plain, RULE).Properties,
      ServiceToken: { 'Fn::GetAtt': [onlyResource(kept, FUNCTION).logicalId, 'Arn'] },
      ServiceTimeout: '1200',
      Stack: { Ref: 'AWS::StackId' },
    });
    expect(resourcesOf(kept, RULE)).toEqual({});
  });

  test('has a logical id of its prefix, and another than a rule of CloudFormation', () => {
    const [one, other] = ['Rule', 'Moved'].map((id) => {
      const alone = homeStack();
      keptRule(alone, hub(), id);
      return onlyResource(alone, KEPT).logicalId;
    });
    expect(one).toBe(other);
    expect(one).toMatch(/^PullThroughCacheRuleInPlaceDockerHub[0-9A-F]{8}$/);
    const plain = homeStack();
    makeRule(plain, 'Rule', { upstream: hub() });
    expect(one).not.toBe(onlyResource(plain, RULE).logicalId);
  });

  test('cannot leave its logical id to CDK, by which it would be deleted when it moves', () => {
    expect(refusal(() => makeRule(homeStack(), 'Rule', { changeInPlace: true, logicalIdFromPrefix: false }))).toContain(
      'a rule with changeInPlace takes its logical id from its prefix',
    );
  });

  test('may have a prefix that is a token', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule', { changeInPlace: true, ecrRepositoryPrefix: Token.asString({ Ref: 'Prefix' }) });
    expect(onlyResource(stack, KEPT).Properties.EcrRepositoryPrefix).toEqual({ Ref: 'Prefix' });
  });

  test('can be retained', () => {
    const stack = homeStack();
    keptRule(stack).applyRemovalPolicy(RemovalPolicy.RETAIN);
    expect(onlyResource(stack, KEPT).DeletionPolicy).toBe('Retain');
  });

  test('is the default child, and counts among the rules', () => {
    const stack = homeStack();
    const rule = keptRule(stack);
    expect((rule.node.defaultChild as CfnResource).cfnResourceType).toBe(KEPT);
    expect(refusal(() => makeRule(stack, 'Other', { upstream: hub() }))).toContain('Stack/Rule has this prefix');
    for (let index = 1; index < 50; index += 1) {
      makeRule(stack, `Rule${index}`, { ecrRepositoryPrefix: `quay-${index}`, changeInPlace: true });
    }
    expect(refusal(() => makeRule(stack, 'Last'))).toContain('more than 50 rules');
    expect(propertiesOf(stack, FUNCTION)).toHaveLength(1);
  });

  test('is the same to all that has to do with a rule', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule', {
      upstream: hub(),
      changeInPlace: true,
      repositories: { description: 'hub' },
    });
    rule.allowPullFrom(new AccountPrincipal(OTHER_ACCOUNT));
    rule.verifyCredentials();
    rule.onCacheFailure('Failure');
    const task = new FargateTaskDefinition(stack, 'Task');
    task.addContainer('web', { image: rule.image('nginx:1.27').toContainerImage() });
    new FargateService(stack, 'Service', {
      cluster: new Cluster(stack, 'Cluster'),
      taskDefinition: task,
      minHealthyPercent: 50,
    });
    rule.prefetch('nginx:1.28');
    const { logicalId, DependsOn } = onlyResource(stack, KEPT);
    expect(DependsOn).toEqual(Object.keys(resourcesOf(stack, 'AWS::ECR::RepositoryCreationTemplate')));
    for (const type of ['Custom::VerifiedCredentials', 'Custom::PrefetchedImage', 'AWS::ECS::Service']) {
      expect(onlyResource(stack, type).DependsOn).toContain(logicalId);
    }
    expect(onlyResource(stack, 'AWS::Events::Rule').Properties.EventPattern.detail['ecr-repository-prefix']).toEqual([
      'docker-hub',
    ]);
    expect(onlyResource(stack, 'AWS::ECR::RegistryPolicy').Properties.PolicyText.Statement).toHaveLength(1);
    expect(rule.pullThroughCacheRuleRef).toEqual({ ecrRepositoryPrefix: 'docker-hub' });
    expect(warningsOf(stack)).toEqual([]);
  });

  test('tells of a secret of the app that it knows by its name alone', () => {
    const stack = homeStack();
    new Secret(stack, 'Secret', { secretName: 'ecr-pullthroughcache/hub' });
    keptRule(stack);
    expect(warningsOf(stack)).toEqual([expect.stringContaining(ack('UpstreamCredentials.secretOfApp'))]);
  });

  test('waits for its role', () => {
    const stack = homeStack();
    keptRule(stack, UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: REGION }));
    expect(onlyResource(stack, KEPT).DependsOn).toEqual([expect.stringMatching(/^PullThroughCacheRoleEcr/)]);
  });

  test('goes by the stack that is deployed, not by one that is nested', () => {
    const stack = homeStack();
    const nested = new NestedStack(stack, 'Nested');
    keptRule(nested);
    const { Ref } = onlyResource(nested, KEPT).Properties.Stack;
    expect(onlyResource(stack, 'AWS::CloudFormation::Stack').Properties.Parameters[Ref]).toEqual({
      Ref: 'AWS::StackId',
    });
  });
});

describe('a cache', () => {
  const kinds = (stack: Stack) =>
    [KEPT, RULE].map((type) => propertiesOf(stack, type).map(({ EcrRepositoryPrefix }) => EcrRepositoryPrefix));

  test('says it for all its rules, and a rule for itself', () => {
    const stack = homeStack();
    new PullThroughCache(stack, 'Cache', {
      upstreams: [UpstreamRegistry.quay(), hub()],
      rules: [{ upstream: UpstreamRegistry.ecrPublic(), changeInPlace: false }],
      changeInPlace: true,
    });
    expect(kinds(stack)).toEqual([['quay', 'docker-hub'], ['ecr-public']]);
    const other = homeStack();
    new PullThroughCache(other, 'Cache', {
      upstreams: [UpstreamRegistry.quay()],
      rules: [{ upstream: hub(), changeInPlace: true }],
    });
    expect(kinds(other)).toEqual([['docker-hub'], ['quay']]);
  });

  test('makes nothing for those who do not ask for it', () => {
    const [one, other] = [homeStack(), homeStack()];
    new PullThroughCache(one, 'Cache', { upstreams: [hub()] });
    new PullThroughCache(other, 'Cache', { upstreams: [hub()], changeInPlace: false });
    expect(templateWithoutMetadata(one)).toEqual(templateWithoutMetadata(other));
    expect(propertiesOf(one, FUNCTION)).toEqual([]);
  });
});

describe('the function that keeps rules', () => {
  const secretArn = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/${name}`;

  test('may do four things with rules', async () => {
    const stack = homeStack();
    keptRule(stack);
    const keeper = keeperOf(stack);
    for (const kind of ['CreatePullThroughCacheRule', 'UpdatePullThroughCacheRule', 'DeletePullThroughCacheRule']) {
      expect(await keeper.may(`ecr:${kind}`, '*')).toBe('Allowed');
    }
    expect(await keeper.may('ecr:DescribePullThroughCacheRules', '*')).toBe('Allowed');
    expect(await keeper.may('ecr:ValidatePullThroughCacheRule', '*')).toBe('ImplicitlyDenied');
    const repository = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/docker-hub/library/nginx`;
    expect(await keeper.may('ecr:BatchGetImage', repository)).toBe('ImplicitlyDenied');
  });

  test.each([
    ['by its name', UpstreamCredentials.fromSecretName('hub')],
    ['by its complete ARN', UpstreamCredentials.fromSecretCompleteArn(COMPLETE)],
  ])('may have ECR read the secret of a rule, %s, and no other', async (_, credentials) => {
    const stack = homeStack();
    keptRule(stack, hub(credentials));
    const keeper = keeperOf(stack);
    expect(await keeper.may('secretsmanager:GetSecretValue', COMPLETE)).toBe('Allowed');
    for (const other of ['other-a1B2c3', 'hub-more-a1B2c3', 'hub']) {
      expect(await keeper.may('secretsmanager:GetSecretValue', secretArn(other))).toBe('ImplicitlyDenied');
    }
    expect(await keeper.may('secretsmanager:PutSecretValue', COMPLETE)).toBe('ImplicitlyDenied');
  });

  test('may have ECR read a secret of the app', async () => {
    const stack = homeStack();
    keptRule(stack, hub(UpstreamCredentials.placeholder()));
    const { logicalId } = onlyResource(stack, 'AWS::SecretsManager::Secret');
    const arn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret/${logicalId}`;
    expect(JSON.stringify(keeperOf(stack).policies)).toContain(
      JSON.stringify({ Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: arn }),
    );
  });

  test('may hand the role of a rule to ECR, and no other role, and to nobody else', async () => {
    const stack = homeStack();
    const role = Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/reader`);
    keptRule(stack, UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: REGION, role }));
    const keeper = keeperOf(stack);
    const pass = (name: string, service: string) =>
      keeper.may('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/${name}`, {
        context: { 'iam:PassedToService': service },
      });
    expect(await pass('reader', 'pullthroughcache.ecr.amazonaws.com')).toBe('Allowed');
    expect(await pass('reader', 'lambda.amazonaws.com')).toBe('ImplicitlyDenied');
    expect(await pass('admin', 'pullthroughcache.ecr.amazonaws.com')).toBe('ImplicitlyDenied');
    expect(JSON.stringify(keeper.policies)).not.toContain('GetSecretValue');
  });

  test('may have ECR make its service-linked role, and no other', async () => {
    const stack = homeStack();
    keptRule(stack);
    const keeper = keeperOf(stack);
    const create = (service: string, name: string) =>
      keeper.may('iam:CreateServiceLinkedRole', `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${service}/${name}`, {
        context: { 'iam:AWSServiceName': service },
      });
    expect(await create('pullthroughcache.ecr.amazonaws.com', 'AWSServiceRoleForECRPullThroughCache')).toBe('Allowed');
    expect(await create('replication.ecr.amazonaws.com', 'AWSServiceRoleForECRReplication')).toBe('ImplicitlyDenied');
    expect(JSON.stringify(keeper.policies)).not.toContain('PassRole');
  });

  test('may ask for the status of its own stack', async () => {
    const stack = homeStack();
    keptRule(stack);
    const statements = keeperOf(stack).policies.flatMap(({ policy }) => policy.Statement);
    expect(statements).toContainEqual({
      Action: 'cloudformation:DescribeStacks',
      Effect: 'Allow',
      Resource: 'AWS::StackId',
    });
  });

  test('has the permissions of all rules of the stack, each once', () => {
    const stack = homeStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com') });
    for (const [index, upstream] of [
      hub(),
      hub(),
      UpstreamRegistry.quay(),
      UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: REGION, role }),
      UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: REGION, role }),
    ].entries()) {
      makeRule(stack, `Rule${index}`, { upstream, ecrRepositoryPrefix: `rule-${index}`, changeInPlace: true });
    }
    const statements = keeperOf(stack).policies.flatMap(({ policy }) => policy.Statement);
    expect(statements.map(({ Action }) => [Action].flat()[0]).sort()).toEqual([
      'cloudformation:DescribeStacks',
      'ecr:CreatePullThroughCacheRule',
      'iam:CreateServiceLinkedRole',
      'iam:PassRole',
      'logs:CreateLogStream',
      'secretsmanager:GetSecretValue',
    ]);
  });

  test('has nothing that cdk-nag finds but actions without a resource', () => {
    const app = new App();
    const stack = homeStack(app);
    keptRule(stack);
    Aspects.of(stack).add(new AwsSolutionsChecks());
    Template.fromStack(stack);
    const found = stack.node
      .findAll()
      .flatMap((node) => node.node.metadata.map(({ data }) => String(data).split(':')[0]))
      .filter((note) => /^AwsSolutions/.test(note) && !/-L1/.test(note));
    expect([...new Set(found)]).toEqual(['AwsSolutions-IAM5[Resource']);
  });
});
