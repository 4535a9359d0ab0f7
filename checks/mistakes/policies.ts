import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { CfnRegistryPolicy } from 'aws-cdk-lib/aws-ecr';
import {
  AccountPrincipal,
  AnyPrincipal,
  IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { OrganizationalUnitPrincipal, RegistryPolicy } from 'cdk-ecr-pull-through-cache';
import { another, Mistake, OTHER_ACCOUNT, REGION, Topic } from './mistake';
import { rule, template } from './ours';
import { quayRule, template as plainTemplate } from './plain';

const POLICY = 'AWS::ECR::RegistryPolicy';
const TEMPLATE = 'AWS::ECR::RepositoryCreationTemplate';
const THERE = { account: OTHER_ACCOUNT, region: REGION };

const CONSUMER = new AccountPrincipal(OTHER_ACCOUNT);
const FIRST_PULL = ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/** Lets others pull below `quay/`. */
const statement = (principals = [CONSUMER] as IPrincipal[], actions = FIRST_PULL) =>
  new PolicyStatement({
    principals,
    actions,
    resources: [`arn:aws:ecr:${REGION}:111122223333:repository/quay/*`],
  });

/** Lets the consumer read each repository. */
const REPOSITORY_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` },
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:BatchImportUpstreamImage',
        'ecr:GetDownloadUrlForLayer',
      ],
    },
  ],
});

const plainPolicy = (stack: Stack, statements: PolicyStatement[] = [statement()], id = 'Policy') =>
  new CfnRegistryPolicy(stack, id, {
    policyText: {
      Version: '2012-10-17',
      Statement: statements.map((one, index) => ({ Sid: `S${index}`, ...one.toStatementJson() })),
    },
  });

/** The policy of an L1, and that of this library, in the stacks that `where` says. */
const twoPolicies = (mistake: string, where: (first: Stack, app: App) => Stack): Mistake => ({
  mistake,
  plain: (stack, app) => {
    plainPolicy(stack, undefined, 'One');
    plainPolicy(where(stack, app), undefined, 'Other');
  },
  ours: (stack, app) => {
    rule(stack).allowPullFrom(CONSUMER);
    plainPolicy(where(stack, app), undefined, 'Other');
  },
});

/** A statement that nobody means. */
const badStatement = (mistake: string, one: () => PolicyStatement): Mistake => ({
  mistake,
  plain: (stack) => plainPolicy(stack, [one()]),
  ours: (stack) => RegistryPolicy.of(stack).addStatement(one()),
});

/** A role of another account. */
const consumerRole = (app: App) =>
  new Role(another(app, 'Consumer', THERE), 'Role', {
    roleName: 'consumer',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });

export const POLICIES: Topic = {
  title: 'The registry policy, and other accounts',
  file: 'policies.ts',
  mistakes: [
    twoPolicies('two policies in one stack', (first) => first),
    twoPolicies('two policies in two stacks of one account and region', (_, app) => another(app, 'Second')),
    {
      mistake: 'a policy for each rule',
      plain: (stack) => ['One', 'Other'].forEach((id) => plainPolicy(stack, undefined, id)),
      instead: (stack) =>
        ['one', 'other'].forEach((prefix) =>
          rule(stack, { ecrRepositoryPrefix: prefix }, prefix).allowPullFrom(CONSUMER),
        ),
      gives: 'all add to one',
      check: (made) => made.resourceCountIs(POLICY, 1),
    },
    {
      mistake: 'a policy made after that which the rules began',
      plain: (stack) => ['One', 'Other'].forEach((id) => plainPolicy(stack, undefined, id)),
      ours: (stack) => {
        rule(stack).allowPullFrom(CONSUMER);
        new RegistryPolicy(stack, 'Policy');
      },
    },
    {
      mistake: 'a policy of more than 10,240 characters',
      plain: (stack) => plainPolicy(stack, manyStatements()),
      ours: (stack) => manyStatements().forEach((one) => RegistryPolicy.of(stack).addStatement(one)),
    },
    {
      mistake: 'a policy without statements',
      plain: (stack) => plainPolicy(stack, []),
      instead: (stack) => {
        rule(stack);
        RegistryPolicy.of(stack);
      },
      gives: 'no policy is made',
      check: (made) => made.resourceCountIs(POLICY, 0),
    },
    badStatement(
      'everybody',
      () => new PolicyStatement({ principals: [new AnyPrincipal()], actions: FIRST_PULL, resources: ['*'] }),
    ),
    badStatement(
      'everybody but one',
      () => new PolicyStatement({ notPrincipals: [CONSUMER], actions: FIRST_PULL, resources: ['*'] }),
    ),
    {
      mistake: 'everybody may pull through a rule',
      plain: (stack) => plainPolicy(stack, [statement([new AnyPrincipal()])]),
      ours: (stack) => rule(stack).allowPullFrom(new AnyPrincipal()),
    },
    {
      mistake: 'an organizational unit by its id alone',
      plain: (stack) =>
        plainPolicy(stack, [
          new PolicyStatement({
            principals: [new AnyPrincipal()],
            actions: FIRST_PULL,
            resources: ['*'],
            conditions: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['ou-abcd-12345678'] } },
          }),
        ]),
      ours: (stack) => rule(stack).allowPullFrom(new OrganizationalUnitPrincipal('ou-abcd-12345678')),
    },
    {
      mistake: 'AWS Lambda as a service that pulls',
      plain: (stack) => plainPolicy(stack, [statement([new ServicePrincipal('lambda.amazonaws.com')])]),
      ours: (stack) => rule(stack).allowPullFrom(new ServicePrincipal('lambda.amazonaws.com')),
    },
    {
      mistake: 'a policy without `ecr:CreateRepository`',
      plain: (stack) =>
        plainPolicy(stack, [statement(undefined, ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage'])]),
      instead: (stack) => rule(stack).allowPullFrom(CONSUMER),
      gives: 'all that a first pull needs is allowed',
      check: (made) =>
        made.hasResourceProperties(POLICY, { PolicyText: { Statement: [Match.objectLike({ Action: FIRST_PULL })] } }),
    },
    {
      mistake: 'another account, and no template that lets it read the repositories',
      plain: (stack) => {
        quayRule(stack);
        plainPolicy(stack);
      },
      instead: (stack) => rule(stack).allowPullFrom(CONSUMER),
      gives: 'the template is made, with a policy',
      check: (made) => made.hasResourceProperties(TEMPLATE, { Prefix: 'quay', RepositoryPolicy: Match.anyValue() }),
    },
    {
      mistake: 'another account, and a template without a policy',
      plain: (stack) => {
        quayRule(stack);
        plainPolicy(stack);
        plainTemplate(stack);
      },
      instead: (stack) => {
        const made = rule(stack);
        template(stack);
        made.allowPullFrom(CONSUMER);
      },
      gives: 'the template gets the policy',
      check: (made) => made.hasResourceProperties(TEMPLATE, { Prefix: 'quay', RepositoryPolicy: Match.anyValue() }),
    },
    {
      mistake: 'another account, and a deeper template without a policy, which takes precedence',
      plain: (stack) => {
        quayRule(stack);
        plainPolicy(stack);
        plainTemplate(stack, { repositoryPolicy: REPOSITORY_POLICY });
        plainTemplate(stack, { prefix: 'quay/team' }, 'Deeper');
      },
      instead: (stack) => {
        template(stack, { prefix: 'quay/team' }, 'Deeper');
        rule(stack).allowPullFrom(CONSUMER);
      },
      gives: 'the deeper template gets the policy too',
      check: (made) =>
        made.hasResourceProperties(TEMPLATE, { Prefix: 'quay/team', RepositoryPolicy: Match.anyValue() }),
    },
    {
      mistake: 'a role of another account that may pull, in a registry that lets nobody in',
      plain: (stack, app) => {
        quayRule(stack);
        consumerRole(app).addToPolicy(statement([]));
      },
      ours: (stack, app) => rule(stack).grants.pull(consumerRole(app)),
    },
    {
      mistake: 'a registry that lets another account in, whose role may not pull',
      unseen: "it is another app's role",
      plain: (stack) => {
        quayRule(stack);
        plainPolicy(stack);
        plainTemplate(stack, { repositoryPolicy: REPOSITORY_POLICY });
      },
      ours: (stack) => rule(stack).allowPullFrom(CONSUMER),
    },
  ],
};

/** Statements that do not merge, for each has an action and an account of its own. */
function manyStatements(): PolicyStatement[] {
  return Array.from(
    { length: 100 },
    (_, index) =>
      new PolicyStatement({
        principals: [new AccountPrincipal(String(100000000000 + index))],
        actions: ['ecr:BatchImportUpstreamImage'],
        resources: [`arn:aws:ecr:${REGION}:111122223333:repository/quay/team-${index}/*`],
      }),
  );
}
