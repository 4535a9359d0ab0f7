import { runSimulation } from '@cloud-copilot/iam-simulate';
import { renderDocument } from '../../src/core/cloudformation-text';

/**
 * Asks a simulator of IAM what the policies of a synthesized template allow.
 *
 * The templates are those that CloudFormation would get; intrinsic functions are replaced by what they would return.
 */

/** Where a template is deployed. */
export interface Deployment {
  readonly account: string;
  readonly region: string;
  readonly partition?: string;
  readonly urlSuffix?: string;
  /** Values of parameters, and of `Ref` and `Fn::GetAtt` (as `Id.Attribute`) where the made up ones will not do. */
  readonly values?: Record<string, string>;
}

/** Replaces the intrinsic functions in a part of a template. */
export function resolve(part: any, template: any, deployment: Deployment): any {
  const { account, region, partition = 'aws', urlSuffix = 'amazonaws.com', values = {} } = deployment;
  const pseudo: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': urlSuffix,
  };
  const arnOf = (id: string) => {
    const resource = template.Resources?.[id];
    if (resource === undefined) {
      throw new Error(`no resource, parameter or value for ${id}`);
    }
    if (/^AWS::IAM::(Role|User)$/.test(resource.Type)) {
      return `arn:${partition}:iam::${account}:${resource.Type.slice(10).toLowerCase()}/${id}`;
    }
    const [, service, type] = resource.Type.toLowerCase().split('::');
    return `arn:${partition}:${service}:${region}:${account}:${type}/${id}`;
  };

  return renderDocument(part, ({ name, argument }) => {
    if (name === 'Ref') {
      const isSecret = /^AWS::SecretsManager::/.test(template.Resources?.[argument]?.Type);
      return values[argument] ?? pseudo[argument] ?? (isSecret ? arnOf(argument) : argument);
    }
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = argument;
      return values[`${id}.${attribute}`] ?? (/Arn$/.test(attribute) ? arnOf(id) : `${id}.${attribute}`);
    }
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^!}]+)\}/g, (_, id) => resolve({ Ref: id }, template, deployment));
    }
    throw new Error(`${name} is not known here`);
  });
}

export interface NamedPolicy {
  readonly name: string;
  readonly policy: any;
}

/**
 * The identity policies that a template gives to a role or user: inline ones, and managed ones that it makes.
 * Managed policies of AWS are not in the template; a role that has any is refused, unless their ARNs' ends are waved
 * through.
 */
export function identityPolicies(
  template: any,
  logicalId: string,
  deployment: Deployment,
  ignoredManagedPolicies: string[] = [],
): NamedPolicy[] {
  const principal = template.Resources[logicalId];
  if (!/^AWS::IAM::(Role|User)$/.test(principal?.Type)) {
    throw new Error(`${logicalId} is no role and no user of this template`);
  }
  const attachment = principal.Type === 'AWS::IAM::Role' ? 'Roles' : 'Users';
  for (const managed of principal.Properties.ManagedPolicyArns ?? []) {
    const arn: string = resolve(managed, template, deployment);
    const isOwn = template.Resources[managed.Ref]?.Type === 'AWS::IAM::ManagedPolicy';
    if (!isOwn && !ignoredManagedPolicies.some((end) => arn.endsWith(end))) {
      throw new Error(`the content of ${arn} is not known here`);
    }
  }
  const inline = (principal.Properties.Policies ?? []).map((policy: any) => ({
    name: policy.PolicyName,
    policy: policy.PolicyDocument,
  }));
  const attached = Object.entries<any>(template.Resources)
    .filter(
      ([id, { Type, Properties }]) =>
        /^AWS::IAM::(Policy|ManagedPolicy)$/.test(Type) &&
        ((Properties[attachment] ?? []).some((reference: any) => reference.Ref === logicalId) ||
          (principal.Properties.ManagedPolicyArns ?? []).some((reference: any) => reference.Ref === id)),
    )
    .map(([id, { Properties }]) => ({ name: id, policy: Properties.PolicyDocument }));
  return resolve([...inline, ...attached], template, deployment);
}

export interface Question {
  /** The ARN of who asks. */
  readonly principal: string;
  readonly identityPolicies: NamedPolicy[];
  readonly action: string;
  /** The ARN of what is asked for, or `*` for actions that know no resource. */
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  /**
   * The policies of the resource: of the repository, of the registry. IAM takes what any of them says as if it stood in
   * one.
   */
  readonly resourcePolicies?: any[];
  /** Condition keys of the request, such as `aws:PrincipalOrgID`. */
  readonly context?: Record<string, string | string[]>;
}

export type Answer = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied';

/** What IAM says to a request. Throws for policies that IAM would refuse, and for actions that do not exist. */
export async function ask(question: Question): Promise<Answer> {
  const statements = (question.resourcePolicies ?? []).flatMap((policy) => policy.Statement);
  const result = await runSimulation(
    {
      request: {
        principal: question.principal,
        action: question.action,
        resource: { resource: question.resource, accountId: question.resourceAccount },
        contextVariables: question.context ?? {},
      },
      identityPolicies: question.identityPolicies,
      resourcePolicy: statements.length > 0 ? { Version: '2012-10-17', Statement: statements } : undefined,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(JSON.stringify(result.errors));
  }
  return result.overallResult as Answer;
}

/** Who asks, with all that a template gives them. */
export class Principal {
  public static of(
    template: any,
    logicalId: string,
    deployment: Deployment,
    ignoredManagedPolicies?: string[],
  ): Principal {
    const kind = template.Resources[logicalId]?.Type === 'AWS::IAM::User' ? 'user' : 'role';
    return new Principal(
      `arn:${deployment.partition ?? 'aws'}:iam::${deployment.account}:${kind}/${logicalId}`,
      identityPolicies(template, logicalId, deployment, ignoredManagedPolicies),
      deployment.account,
    );
  }

  constructor(
    public readonly arn: string,
    public readonly policies: NamedPolicy[],
    private readonly account: string,
  ) {}

  /** What IAM says when this principal asks, of its own account or, with policies of the resource, of another. */
  public may(
    action: string,
    resource: string,
    options: Pick<Question, 'resourcePolicies' | 'context'> & { resourceAccount?: string } = {},
  ): Promise<Answer> {
    return ask({
      principal: this.arn,
      identityPolicies: this.policies,
      action,
      resource,
      resourceAccount: options.resourceAccount ?? this.account,
      resourcePolicies: options.resourcePolicies,
      context: options.context,
    });
  }
}
