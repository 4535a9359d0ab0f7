import { CfnOutput, CustomResource, IResource, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { VerifyCredentialsOptions } from './credentials-options';
import { CredentialsRule, credentialsFunction, ruleProperties, signsIn } from './credentials-rule';
import { allowWithoutSignIn } from '../access/pull-permissions';
import { fail } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { SERVICE_TIMEOUT } from '../provider/inline-function';
import { isGenerated } from '../provider/placeholder';

const ID = 'VerifyCredentials';

/** Verifies the credentials of the rules that have any. */
export function verifyAll(cache: IConstruct, all: IResource[], options: VerifyCredentialsOptions): void {
  const rules = (all as unknown as CredentialsRule[]).filter(signsIn);
  if (rules.length === 0) {
    fail(
      {
        id: 'PullThroughCache.noCredentials',
        what: 'the cache has no rule with credentials that could be verified',
        allowed: 'rules of this app with a secret or a role',
        fix: 'leave it out for registries that everybody may pull from; verify rules that exist where they are made',
      },
      cache.node.path,
    );
  }
  rules.forEach((rule) => verifyCredentials(rule, options));
}

/** Verifies the credentials of a rule at the end of each deployment that changes them. */
export function verifyCredentials(rule: CredentialsRule, options: VerifyCredentialsOptions): void {
  if (!signsIn(rule)) {
    fail(
      {
        id: 'PullThroughCacheRule.noCredentials',
        what: 'this rule has no credentials that could be verified',
        allowed: 'a rule of this app with a secret or a role',
        fix: 'leave it out for a registry that everybody may pull from; verify a rule that exists where it is made',
      },
      rule.node.path,
    );
  }
  if (rule.node.tryFindChild(ID)) {
    fail(
      {
        id: 'PullThroughCacheRule.verifiedTwice',
        what: 'the credentials of this rule are verified already',
        fix: 'call verifyCredentials once, of the rule or of the cache',
      },
      rule.node.path,
    );
  }
  const verifier = credentialsFunction(rule, rule);
  // Tells a rollback, in which what was before must not fail again.
  allowWithoutSignIn(rule, verifier, ['cloudformation:DescribeStacks'], Stack.of(rule).stackId);
  const verification = new CustomResource(rule as CredentialsRule & Construct, ID, {
    resourceType: 'Custom::VerifiedCredentials',
    serviceToken: verifier.function.functionArn,
    serviceTimeout: SERVICE_TIMEOUT,
    properties: {
      ...ruleProperties(rule),
      // Not asked by the function: with another of these CloudFormation has it verify again.
      UpstreamRegistryUrl: rule.upstreamRegistryUrl,
      UpstreamRepositoryPrefix: rule.upstreamRepositoryPrefix,
      CustomRoleArn: rule.role?.roleRef.roleArn,
      Trigger: options.trigger,
    },
  });
  keepLogicalId(verification, 'VerifiedCredentials', rule.ecrRepositoryPrefix);
  verification.node.addDependency(rule.node.defaultChild!);
  if (isGenerated(rule.credentialsSecret)) {
    const output = new CfnOutput(verification, 'Status', {
      description: `Whether ECR can sign in for the rule with the prefix ${rule.ecrRepositoryPrefix}`,
      value: verification.getAttString('Status'),
    });
    keepLogicalId(output, 'CredentialsStatus', rule.ecrRepositoryPrefix);
  }
}
