import { CfnResource, Stack } from 'aws-cdk-lib';
import type { CfnPullThroughCacheRuleProps } from 'aws-cdk-lib/aws-ecr';
import type { IRoleRef } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { topLevelStack } from '../access/dependency-graph';
import { allowWithoutSignIn, PullSource } from '../access/pull-permissions';
import { FunctionKind, InlineFunction, SERVICE_TIMEOUT } from '../provider/inline-function';

const KIND: FunctionKind = {
  id: 'PullThroughCacheRules',
  description: 'Keeps pull through cache rules of ECR, and changes their credentials in place',
  code: ['answer.js', 'rollback.js', 'rules.js'],
};

/** None of these knows a resource. */
const ACTIONS = [
  'ecr:CreatePullThroughCacheRule',
  'ecr:DeletePullThroughCacheRule',
  'ecr:DescribePullThroughCacheRules',
  'ecr:UpdatePullThroughCacheRule',
];

/** Who signs in for a rule, with its role or that which is linked to the service. */
const SERVICE = 'pullthroughcache.ecr.amazonaws.com';
const SERVICE_LINKED_ROLE = `aws-service-role/${SERVICE}/AWSServiceRoleForECRPullThroughCache`;

/** A rule, and with what it signs in. */
interface KeptRule extends Construct, PullSource {
  readonly credentialsSecret?: ISecret;
  readonly role?: IRoleRef;
}

/** Makes a rule that a function keeps, so that its secret or role can change: CloudFormation cannot change them. */
export function ruleInPlace(rule: KeptRule, props: CfnPullThroughCacheRuleProps): CfnResource {
  const stackId = topLevelStack(rule).stackId;
  const resource = new CfnResource(rule, 'InPlace', {
    type: 'Custom::PullThroughCacheRule',
    properties: {
      ServiceToken: rulesFunction(rule, stackId).function.functionArn,
      ServiceTimeout: String(SERVICE_TIMEOUT.toSeconds()),
      ...Object.fromEntries(
        Object.entries(props).map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]),
      ),
      // What a deployment is rolled back by, of which its status tells.
      Stack: stackId,
    },
  });
  rule.node.defaultChild = resource;
  return resource;
}

/** The function that keeps the rules of a stack, allowed to keep one more. */
function rulesFunction(rule: KeptRule, stackId: string): InlineFunction {
  const rules = InlineFunction.of(rule, KIND);
  allowWithoutSignIn(rule, rules, ACTIONS, '*');
  allowWithoutSignIn(rule, rules, ['cloudformation:DescribeStacks'], stackId);
  // ECR makes the role when an account has its first rule, and looks at secrets and roles, with the permissions of
  // who asks it.
  const linkedRole = Stack.of(rule).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: SERVICE_LINKED_ROLE,
  });
  rules.allow(['iam:CreateServiceLinkedRole'], [linkedRole], { StringEquals: { 'iam:AWSServiceName': SERVICE } });
  if (rule.credentialsSecret) {
    allowWithoutSignIn(rule, rules, ['secretsmanager:GetSecretValue'], completeArn(rule.credentialsSecret));
  }
  if (rule.role) {
    const { roleArn } = rule.role.roleRef;
    rules.allow(['iam:PassRole'], [roleArn], { StringEquals: { 'iam:PassedToService': SERVICE } });
  }
  return rules;
}

/** With the six characters of Secrets Manager, which policies go by. */
function completeArn(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}
