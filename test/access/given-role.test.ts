import { App, Aws, CfnParameter, Lazy, Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AnyPrincipal,
  CfnPolicy,
  CfnRole,
  CompositePrincipal,
  IRole,
  ManagedPolicy,
  Policy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RepositoryCreationTemplate, UpstreamRegistry } from '../../src';
import { ack, homeStack, makeRule, OTHER_ACCOUNT, REGION, RULE, resourcesOf, warningsOf } from '../support/util';

const READER = 'pullthroughcache.ecr.amazonaws.com';
const CREATOR = 'ecr.amazonaws.com';

const READER_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
];

const allow = (...actions: string[]) => new PolicyStatement({ actions, resources: ['*'] });
const roleFor = (stack: Stack, service = READER) =>
  new Role(stack, 'Own', { assumedBy: new ServicePrincipal(service) });

function useInRule(stack: Stack, role: IRole): void {
  makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }) });
}

function useInTemplate(stack: Stack, role: IRole): void {
  new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', resourceTags: { team: 'web' }, role });
}

const synth = (stack: Stack) => () => (stack.node.root as App).synth();

describe('the trust of a role is read when the app is synthesized', () => {
  test.each<[string, string, string, string, (stack: Stack, role: IRole) => void]>([
    ['of a rule', READER, 'Stack/Rule', 'PullThroughCacheRule', useInRule],
    ['of a template', CREATOR, 'Stack/Template', 'RepositoryCreationTemplate', useInTemplate],
  ])('%s', (_, service, path, kind, use) => {
    const stack = homeStack();
    use(stack, roleFor(stack, 'ec2.amazonaws.com'));
    expect(synth(stack)).toThrow(
      `the role Stack/Own does not trust ${service}; got "ec2.amazonaws.com"; allowed: ${service}; ` +
        `to fix: make it with assumedBy: new ServicePrincipal("${service}"), or leave the role out to have ` +
        `one made [at ${path}] [cdk-ecr-pull-through-cache:${kind}.roleTrust]`,
    );
  });

  test('the other service of ECR is not the one', () => {
    const stack = homeStack();
    useInRule(stack, roleFor(stack, CREATOR));
    expect(synth(stack)).toThrow(`got "${CREATOR}"`);
  });

  test('an account is no service', () => {
    const stack = homeStack();
    useInRule(stack, new Role(stack, 'Own', { assumedBy: new AccountPrincipal(OTHER_ACCOUNT) }));
    expect(synth(stack)).toThrow('got "no service"');
  });

  test('a role that is not to be changed is read all the same', () => {
    const stack = homeStack();
    useInRule(stack, roleFor(stack, 'ec2.amazonaws.com').withoutPolicyUpdates());
    expect(synth(stack)).toThrow('does not trust');
  });

  test.each<[string, (stack: Stack) => IRole]>([
    [
      'that trusts it among others',
      (stack) =>
        new Role(stack, 'Own', {
          assumedBy: new CompositePrincipal(new ServicePrincipal('ec2.amazonaws.com'), new ServicePrincipal(READER)),
        }),
    ],
    [
      'that comes to trust it later',
      (stack) => {
        const role = roleFor(stack, 'ec2.amazonaws.com');
        role.assumeRolePolicy!.addStatements(
          new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new ServicePrincipal(READER)] }),
        );
        return role;
      },
    ],
    [
      'whose service is a parameter',
      (stack) =>
        new Role(stack, 'Own', { assumedBy: new ServicePrincipal(new CfnParameter(stack, 'Service').valueAsString) }),
    ],
    [
      'that anybody may assume',
      (stack) =>
        new Role(stack, 'Own', { assumedBy: new CompositePrincipal(new AnyPrincipal(), new ServicePrincipal(READER)) }),
    ],
    ['that exists', (stack) => Role.fromRoleName(stack, 'Own', 'cache')],
    [
      'of an L1, by its name',
      (stack) => Role.fromRoleName(stack, 'Own', new CfnRole(stack, 'Resource', { assumeRolePolicyDocument: {} }).ref),
    ],
  ])('passes for a role %s', (_, role) => {
    const stack = homeStack();
    useInRule(stack, role(stack));
    expect(Object.keys(resourcesOf(stack, RULE))).toHaveLength(1);
  });
});

describe('what no policy allows a role is a warning', () => {
  const RULE_WARNING = ack('PullThroughCacheRule.rolePermissions');
  const TEMPLATE_WARNING = ack('RepositoryCreationTemplate.rolePermissions');

  test('of a rule: every action that ECR needs', () => {
    const stack = homeStack();
    useInRule(stack, roleFor(stack));
    const [warning, ...others] = warningsOf(stack);
    expect(others).toEqual([]);
    READER_ACTIONS.forEach((action) => expect(warning).toContain(action));
    expect(warning).toContain('no policy of the role Stack/Own allows');
    expect(warning).toContain('or leave the role out to have one made');
    expect(warning).toContain(RULE_WARNING);
  });

  test('of a rule: no more than those that are missing', () => {
    const stack = homeStack();
    const role = roleFor(stack);
    useInRule(stack, role);
    role.addToPolicy(allow(...READER_ACTIONS.slice(1)));
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining('no policy of the role Stack/Own allows ecr:BatchGetImage, with which'),
    ]);
  });

  test('once, however often the app is synthesized', () => {
    const stack = homeStack();
    useInRule(stack, roleFor(stack));
    expect(warningsOf(stack)).toHaveLength(1);
    (stack.node.root as App).synth({ force: true });
    expect(warningsOf(stack)).toHaveLength(1);
  });

  test.each<[string, (stack: Stack) => IRole]>([
    [
      'all, by statements after the rule',
      (stack) => {
        const role = roleFor(stack);
        role.addToPolicy(allow(...READER_ACTIONS));
        return role;
      },
    ],
    [
      'all, inline',
      (stack) =>
        new Role(stack, 'Own', {
          assumedBy: new ServicePrincipal(READER),
          inlinePolicies: { Cache: new PolicyDocument({ statements: [allow(...READER_ACTIONS)] }) },
        }),
    ],
    [
      'all, by wildcards in whatever case',
      (stack) => {
        const role = roleFor(stack);
        role.addToPolicy(allow('ECR:*'));
        return role;
      },
    ],
    [
      'all but a few',
      (stack) => {
        const role = roleFor(stack);
        role.addToPolicy(new PolicyStatement({ notActions: ['s3:*'], resources: ['*'] }));
        return role;
      },
    ],
    [
      'all, by a policy that stands elsewhere',
      (stack) => {
        const role = roleFor(stack);
        new Policy(stack, 'Elsewhere', { roles: [role], statements: [allow(...READER_ACTIONS)] });
        return role;
      },
    ],
    [
      'all, by a managed policy of the app',
      (stack) => {
        const role = roleFor(stack);
        new ManagedPolicy(stack, 'Elsewhere', { roles: [role], statements: [allow(...READER_ACTIONS)] });
        return role;
      },
    ],
    [
      'all, by an L1 that names the role',
      (stack) => {
        const role = new Role(stack, 'Own', { roleName: 'cache', assumedBy: new ServicePrincipal(READER) });
        new CfnPolicy(stack, 'Elsewhere', {
          policyName: 'Cache',
          roles: ['cache'],
          policyDocument: { Statement: { Effect: 'Allow', Action: 'ecr:*', Resource: '*' } },
        });
        return role;
      },
    ],
    [
      'all, perhaps, by a policy of another stack',
      (stack) => {
        const role = roleFor(stack);
        const other = homeStack(stack.node.root as App, 'Other');
        new CfnPolicy(other, 'Elsewhere', {
          policyName: 'Cache',
          roles: [role.roleName],
          policyDocument: { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] },
        });
        return role;
      },
    ],
    [
      'what a managed policy says that exists',
      (stack) => {
        const role = roleFor(stack);
        role.addManagedPolicy(ManagedPolicy.fromManagedPolicyName(stack, 'Managed', 'cache'));
        return role;
      },
    ],
    [
      'actions that are a parameter',
      (stack) => {
        const role = roleFor(stack);
        role.addToPolicy(allow(new CfnParameter(stack, 'Action').valueAsString));
        return role;
      },
    ],
    ['what nobody here knows, for it exists', (stack) => Role.fromRoleName(stack, 'Own', 'cache')],
  ])('none for a role that is allowed %s', (_, role) => {
    const stack = homeStack();
    useInRule(stack, role(stack));
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, (role: Role, stack: Stack) => void]>([
    [
      'what is denied',
      (role) =>
        role.addToPolicy(new PolicyStatement({ effect: 'Deny' as never, actions: ['ecr:*'], resources: ['*'] })),
    ],
    [
      'what another role is allowed',
      (_, stack) => new Role(stack, 'Another', { assumedBy: new ServicePrincipal(READER) }).addToPolicy(allow('ecr:*')),
    ],
  ])('%s is no permission', (_, change) => {
    const stack = homeStack();
    const role = roleFor(stack);
    useInRule(stack, role);
    change(role, stack);
    expect(warningsOf(stack)).toEqual([expect.stringContaining(RULE_WARNING)]);
  });

  test.each<[string, string[], object, string]>([
    ['tags', ['ecr:CreateRepository'], { resourceTags: { team: 'web' } }, 'ecr:TagResource'],
    ['a key', ['ecr:CreateRepository'], { encryptionKey: true }, 'kms:CreateGrant, kms:DescribeKey, kms:RetireGrant'],
    ['nothing else', ['ecr:TagResource'], {}, 'ecr:CreateRepository'],
  ])('of a template with %s', (_, actions, options, missing) => {
    const stack = homeStack();
    const role = roleFor(stack, CREATOR);
    role.addToPolicy(allow(...actions));
    const encryptionKey =
      'encryptionKey' in options
        ? Key.fromKeyArn(
            stack,
            'Key',
            `arn:aws:kms:${REGION}:${Aws.ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555`,
          )
        : undefined;
    new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', role, ...options, encryptionKey });
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining(`no policy of the role Stack/Own allows ${missing}, with which`),
    ]);
    expect(warningsOf(stack)[0]).toContain(TEMPLATE_WARNING);
  });

  test('none for a template whose role may all', () => {
    const stack = homeStack();
    const role = roleFor(stack, CREATOR);
    useInTemplate(stack, role);
    role.addToPolicy(allow('ecr:CreateRepository', 'ecr:TagResource'));
    expect(warningsOf(stack)).toEqual([]);
  });
});

test('the policies of an app are read as often for many given roles as for one, and anew at each synth', () => {
  const stack = homeStack();
  const useRole = (id: string) => {
    const role = new Role(stack, id, {
      assumedBy: new ServicePrincipal(READER),
      inlinePolicies: { Cache: new PolicyDocument({ statements: [allow('ecr:*')] }) },
    });
    makeRule(stack, `Rule${id}`, {
      upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }),
      ecrRepositoryPrefix: id,
    });
  };
  let reads = 0;
  new CfnPolicy(stack, 'Policy', {
    policyName: 'Cache',
    roles: ['another'],
    policyDocument: Lazy.uncachedAny({ produce: () => ({ reads: ++reads }) }),
  });
  const readsOfSynth = () => {
    const before = reads;
    (stack.node.root as App).synth({ force: true });
    return reads - before;
  };
  const ofCdk = readsOfSynth();
  useRole('first');
  expect(readsOfSynth()).toBe(ofCdk + 1);
  Array.from({ length: 10 }, (_, index) => useRole(`team-${index}`));
  expect(readsOfSynth()).toBe(ofCdk + 1);
});
