import { Stack } from 'aws-cdk-lib';
import { Effect, IPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Problem } from '../core/errors';
import { holdsToken } from '../core/tokens';

const ACCOUNT_ID = /^[0-9]{12}$/;
const IAM_ARN = /^arn:[^:]+:(?:iam|sts)::([^:]*):/;

/**
 * Says what is wrong with a principal of a resource policy: public access is rejected, and so is what is no account
 * id.
 *
 * @param conditions those of the statement, besides the principal's own
 */
export function principalProblems(principal: IPrincipal, conditions: object = {}): Problem[] {
  const fragment = principal?.policyFragment;
  if (fragment === undefined) {
    return [
      {
        id: 'PolicyStatement.principal',
        what: 'not a principal',
        given: principal,
        allowed: 'an IPrincipal',
        fix: 'give for example new AccountPrincipal("111122223333") or new OrganizationPrincipal("o-…")',
      },
    ];
  }
  const account = accountsOf(principal).find((id) => !holdsToken(id) && !ACCOUNT_ID.test(id));
  if (account !== undefined) {
    return [
      {
        id: 'PolicyStatement.account',
        what: 'the account of the principal is not an account id',
        given: account,
        allowed: '12 digits, without hyphens',
        fix: 'give for example new AccountPrincipal("111122223333")',
      },
    ];
  }
  const names = Object.values(fragment.principalJson).flat();
  const isAnybody = names.includes('*') && Object.keys({ ...fragment.conditions, ...conditions }).length === 0;
  return isAnybody
    ? [
        {
          id: 'PolicyStatement.everybody',
          what: 'this principal is everybody, in every account: public access is rejected',
          given: '*',
          allowed: 'accounts, services, or everybody on a condition',
          fix: 'name an account, or an organization with new OrganizationPrincipal("o-…")',
        },
      ]
    : [];
}

/** The accounts of a principal: the ARN of an `AccountPrincipal` is a token as a whole. */
function accountsOf({ principalAccount, policyFragment }: IPrincipal): string[] {
  const names = Object.values(policyFragment.principalJson).flat();
  return [principalAccount ?? [], ...names.map((name) => IAM_ARN.exec(name)?.[1] ?? [])].flat();
}

/** Says what is wrong with a statement and its principals: to deny something to everybody is fine. */
export function statementProblems(statement: PolicyStatement): Problem[] {
  if (statement.effect === Effect.DENY) {
    return [];
  }
  const exceptFor: Problem[] =
    statement.notPrincipals.length === 0
      ? []
      : [
          {
            id: 'PolicyStatement.everybodyBut',
            what: 'this statement allows everybody but a few',
            given: 'NotPrincipal',
            allowed: 'principals',
            fix: 'name those who may',
          },
        ];
  return [
    ...exceptFor,
    ...statement.principals.flatMap((principal) => principalProblems(principal, statement.conditions)),
  ];
}

/** Says what a finished statement lacks. Asked at synth, for a statement may be completed after it was added. */
export function incompleteStatementProblems(statement: PolicyStatement): Problem[] {
  // What `validateForResourcePolicy` of CDK asks for differs between its releases, and between kinds of policies.
  const { Action, NotAction } = statement.toStatementJson();
  const lacks = [
    ...(statement.hasPrincipal ? [] : ['principals']),
    ...(Action === undefined && NotAction === undefined ? ['actions'] : []),
  ];
  return lacks.map((lack) => ({
    id: 'PolicyStatement.incomplete',
    what: `a statement of the policy has no ${lack}`,
    fix: `give the statement ${lack}`,
  }));
}

/**
 * A policy in which statements that differ in one element only are one.
 *
 * CDK merges statements of the same principal, and takes two `AccountPrincipal` of one account for different
 * ones. So equal principals are made the same first: else each rule that allows an account costs a statement.
 */
export function mergedPolicy(scope: IConstruct, statements: PolicyStatement[]): PolicyDocument {
  const known = new Map<string, IPrincipal>();
  const stack = Stack.of(scope);
  const canonical = (principal: IPrincipal) => {
    const { principalJson, conditions } = principal.policyFragment;
    const key = JSON.stringify(stack.resolve([principalJson, conditions]));
    known.set(key, known.get(key) ?? principal);
    return known.get(key)!;
  };
  return new PolicyDocument({
    minimize: true,
    statements: statements.map((statement) => statement.copy({ principals: statement.principals.map(canonical) })),
  });
}
