import { IResource, Stack } from 'aws-cdk-lib';
import type { IRoleRef } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { allowWithoutSignIn } from '../access/pull-permissions';
import { Problem, throwIfAny } from '../core/errors';
import { renderRulePrefix } from '../core/repository-prefix';
import { surelyElsewhere } from '../environment/environment';
import { FunctionKind, InlineFunction } from '../provider/inline-function';
import { isGenerated, secretProperties } from '../provider/placeholder';

/** What looking at the credentials of a rule needs of it. */
export interface CredentialsRule extends IConstruct, IResource {
  readonly ecrRepositoryPrefix: string;
  /** Nothing for a rule that exists, of which only the prefix is known. */
  readonly upstreamRegistryUrl?: string;
  readonly credentialsSecret?: ISecret;
  readonly upstreamRepositoryPrefix?: string;
  readonly role?: IRoleRef;
}

const KIND: FunctionKind = {
  id: 'PullThroughCacheCredentials',
  description: 'Looks whether ECR can sign in to the upstream registries of pull through cache rules',
  code: ['answer.js', 'rollback.js', 'secrets.js', 'credentials.js'],
};

/** Tells whether ECR signs in to the upstream of a rule: with a secret, or a role. */
export function signsIn(rule: CredentialsRule): boolean {
  return rule.credentialsSecret !== undefined || rule.role !== undefined;
}

/** The function that looks at the credentials of the rules of a stack, allowed to look at those of one more. */
export function credentialsFunction(scope: IConstruct, rule: CredentialsRule): InlineFunction {
  throwIfAny(placeProblems(scope, rule), scope.node.path);
  const credentials = InlineFunction.of(scope as InlineFunction, KIND);
  // The action knows no resource.
  allowWithoutSignIn(rule, credentials, ['ecr:ValidatePullThroughCacheRule'], '*');
  if (isGenerated(rule.credentialsSecret)) {
    // Says whether somebody has filled it in, and does not show the value.
    allowWithoutSignIn(rule, credentials, ['secretsmanager:DescribeSecret'], rule.credentialsSecret!.secretArn);
  }
  return credentials;
}

/** What the code of the function knows of a rule. */
export function ruleProperties(rule: CredentialsRule): Record<string, unknown> {
  return {
    EcrRepositoryPrefix: renderRulePrefix(rule.ecrRepositoryPrefix),
    ...secretProperties(rule.credentialsSecret),
  };
}

function placeProblems(scope: IConstruct, rule: CredentialsRule): Problem[] {
  const { account, region } = Stack.of(scope);
  return surelyElsewhere(rule.env, { account, region })
    ? [
        {
          id: 'PullThroughCacheRule.credentialsElsewhere',
          what: `the credentials of the rule ${rule.node.path} can be looked at in its own account and region only`,
          given: `${account}/${region}`,
          allowed: `${rule.env.account}/${rule.env.region}`,
          fix: 'do so in a stack there',
        },
      ]
    : [];
}
