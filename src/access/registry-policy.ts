import { CfnOutput, CfnResource, IResource, Lazy, Resource, Stack } from 'aws-cdk-lib';
import { CfnRegistryPolicy } from 'aws-cdk-lib/aws-ecr';
import { IPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { mergedPolicy, principalProblems, statementProblems } from './resource-policy';
import { describe, fail, Problem, refuse } from '../core/errors';
import { renderedLength } from '../core/json-length';
import { joinPrefix, normalizePrefix, prefixProblems, ROOT, TEMPLATE_PREFIX_LENGTH } from '../core/repository-prefix';
import { checkedScope, CONSTRUCT, FLAG, memberProblems, Shapes, valueProblems } from '../core/shapes';
import { Environment } from '../environment/environment';

/**
 * The policy of an ECR registry.
 */
export interface IRegistryPolicy extends IResource {
  /**
   * Adds a statement. What several say alike is said once.
   *
   * Throws if a principal of the statement is everybody, without a condition.
   *
   * @param statement the statement; its resources are repositories of this registry
   */
  addStatement(statement: PolicyStatement): void;

  /**
   * Lets another account use this registry as the upstream of its own cache: what the rule of
   * `UpstreamRegistry.ecr` needs in the account of the upstream.
   *
   * @param principal the account of the rule
   * @param repositoryPrefix only repositories below this prefix; all unless given
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  allowCachingBy(principal: IPrincipal, repositoryPrefix?: string): void;
}

/**
 * Properties of a registry policy.
 */
export interface RegistryPolicyProps {
  /**
   * Whether the policy of this account and region is managed elsewhere. The statements are then an output of
   * the stack, to be put there, and no resource.
   *
   * @default false
   */
  readonly managedElsewhere?: boolean;
}

const PROPS: Shapes<RegistryPolicyProps> = { managedElsewhere: FLAG };

/** The kind under which an environment holds its policy. */
const KIND = 'registry policy';

const MAX_LENGTH = 10240;

/** What a rule of another account does in the registry that is its upstream. */
const UPSTREAM_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
];

/**
 * The policy of an account's ECR registry in one region. There is one for each account and region, shared by
 * all that need something of it: pull through cache rules, replication, and other stacks.
 *
 * `RegistryPolicy.of(scope)` gives the same one to every stack of the app in that account and region; it
 * belongs to the stack that asked first. Make one with `new` to say which stack it belongs to, or that it is
 * managed elsewhere.
 *
 * Refused at synth: a second policy in the same account and region, whoever made it, and one of more than
 * 10,240 characters.
 *
 * @resource AWS::ECR::RegistryPolicy
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
 */
export class RegistryPolicy extends Resource implements IRegistryPolicy {
  /**
   * The registry policy of the account and region of a scope.
   *
   * @param scope whose account and region
   */
  public static of(scope: Construct): IRegistryPolicy {
    refuse(valueProblems('scope', scope, CONSTRUCT));
    const environment = Environment.of(scope);
    const held = environment.holder(KIND, KIND) ?? environment.possibleHolder(KIND, KIND);
    return (held as RegistryPolicy | undefined) ?? new RegistryPolicy(Stack.of(scope), 'EcrRegistryPolicy');
  }

  /**
   * Whether the app makes the policy of an account and region, or says that it is managed elsewhere.
   *
   * @internal
   */
  public static _isMade(scope: Construct): boolean {
    return Environment.of(scope).holder(KIND, KIND) !== undefined;
  }

  private readonly statements: PolicyStatement[] = [];
  private readonly managedElsewhere: boolean;

  constructor(scope: Construct, id: string, props: RegistryPolicyProps = {}) {
    super(checkedScope(scope, id), id);
    refuse(memberProblems('props', props, PROPS), this.node.path);
    this.managedElsewhere = props.managedElsewhere ?? false;
    const environment = Environment.of(this);
    const rival = environment.holder(KIND, KIND);
    if (rival) {
      fail(
        {
          what: `the registry policy ${rival.node.path} is of the same account and region, which has one`,
          fix: 'make the policy before the first construct that adds to it, and only once; elsewhere use RegistryPolicy.of(scope)',
        },
        this.node.path,
      );
    }
    environment.hold(KIND, KIND, this);
    this.node.addValidation({
      validate: () => this.problems().map((problem) => `${describe(problem)} [at ${this.node.path}]`),
    });
  }

  public addStatement(statement: PolicyStatement): void {
    refuse(statementProblems(statement), this.node.path);
    if (this.statements.length === 0) {
      this.makeResource();
    }
    this.statements.push(statement);
  }

  public allowCachingBy(principal: IPrincipal, repositoryPrefix: string = ROOT): void {
    refuse(
      [
        ...principalProblems(principal),
        ...prefixProblems('repositoryPrefix', repositoryPrefix, TEMPLATE_PREFIX_LENGTH),
      ],
      this.node.path,
    );
    this.addStatement(
      new PolicyStatement({
        principals: [principal],
        actions: UPSTREAM_ACTIONS,
        resources: [
          this.stack.formatArn({
            service: 'ecr',
            resource: 'repository',
            resourceName: joinPrefix(normalizePrefix(repositoryPrefix), '*'),
          }),
        ],
      }),
    );
  }

  /** Made with the first statement: ECR takes no empty policy. */
  private makeResource(): void {
    if (this.managedElsewhere) {
      const value = Lazy.string({ produce: () => this.stack.toJsonString(this.document()) });
      new CfnOutput(this, 'Statements', {
        value,
        description: 'What the policy of the ECR registry, which is managed elsewhere, has to contain',
      });
    } else {
      const resource = new CfnRegistryPolicy(this, 'Resource', {
        policyText: Lazy.any({ produce: () => this.document() }),
      });
      // There is one for each account and region, so that its place in the tree says nothing.
      resource.overrideLogicalId('EcrRegistryPolicy');
    }
  }

  /** Merged, and so far below the limit of ECR. */
  private document(): PolicyDocument {
    return mergedPolicy(this, this.statements);
  }

  private problems(): Problem[] {
    const length = renderedLength(this.stack.resolve(this.document()));
    const tooLong: Problem[] =
      length <= MAX_LENGTH
        ? []
        : [
            {
              what: `the registry policy has ${length} characters`,
              allowed: `at most ${MAX_LENGTH}`,
              fix: 'allow organizations instead of accounts one by one, or fewer and shorter prefixes',
            },
          ];
    return [
      ...tooLong,
      ...(this.managedElsewhere
        ? []
        : this.foreignPolicies().map((policy) => ({
            what: `${policy.node.path} is another policy of the registry of the same account and region, and the one deployed last replaces the other`,
            fix: 'add its statements with RegistryPolicy.of(scope).addStatement, or make this one with managedElsewhere: true',
          }))),
    ];
  }

  private foreignPolicies(): IConstruct[] {
    return this.node.root.node
      .findAll()
      .filter(
        (node) =>
          CfnResource.isCfnResource(node) &&
          node.cfnResourceType === 'AWS::ECR::RegistryPolicy' &&
          node.node.scope !== this &&
          Environment.of(node).holder(KIND, KIND) === this,
      );
  }
}
