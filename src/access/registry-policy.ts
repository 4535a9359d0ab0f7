import { CfnOutput, IResource, Lazy, Resource, Stack, Stage } from 'aws-cdk-lib';
import { CfnRegistryPolicy } from 'aws-cdk-lib/aws-ecr';
import { IPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, IConstruct } from 'constructs';
import { incompleteStatementProblems, mergedPolicy, principalProblems, statementProblems } from './resource-policy';
import { fail, Problem, throwIfAny, validationErrors } from '../core/errors';
import { renderedLength } from '../core/rendered-length';
import { joinPrefix, normalizePrefix, prefixProblems, ROOT, TEMPLATE_PREFIX_LENGTH } from '../core/repository-prefix';
import { resourcesBelow } from '../core/resources';
import { warn } from '../core/warnings';
import { registryOf, registryOfPossibleNeighbours } from '../environment/registry';
import { isSynthesized } from '../environment/stages';

/**
 * The policy of an ECR registry.
 */
export interface IRegistryPolicy extends IResource {
  /**
   * Adds a statement. Equal statements are merged.
   *
   * Throws if a principal of the statement is everybody, without a condition. A statement without principals, actions
   * or resources is an error at synth.
   *
   * @param statement the statement; its resources are repositories of this registry
   */
  addStatement(statement: PolicyStatement): void;

  /**
   * Lets another account use this registry as the upstream of its own cache: what the rule of
   * `UpstreamRegistry.ecr` needs in the account of the upstream. Needs a registry with policy scope `V2`.
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
   * Says that the policy of this account and region is managed elsewhere. The statements are then an output of the
   * stack, to be put there, and no resource.
   *
   * @default false
   */
  readonly managedElsewhere?: boolean;
}

/** The policy of an account and region. */
class PolicyOfRegistry {
  public policy?: RegistryPolicy;
}

const MAX_LENGTH = 10240;

const NO_RESOURCE: Problem = {
  id: 'RegistryPolicy.noResources',
  what: 'a statement of the registry policy names no resources',
  allowed: 'ARNs of repositories of this registry, also with wildcards',
  fix: 'give the statement resources, such as "arn:aws:ecr:eu-west-1:111122223333:repository/docker-hub/*"',
};

/** What a rule of another account does in the registry that is its upstream. */
const UPSTREAM_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
];

/**
 * The policy of an account's ECR registry in one region. There is one for each account and region, shared by all that
 * need something of it: pull through cache rules, replication, and other stacks.
 *
 * `RegistryPolicy.of(scope)` gives the same one to every stack of the app in that account and region. It then stands
 * in the first of these stacks by the order of their names. Make one with `new` to say which stack it belongs to, or
 * that it is managed elsewhere. A stack that leaves account or region open has a policy of its own.
 *
 * A second policy in the same account and region, whoever made it, and one of more than 10,240 characters are errors
 * at synth.
 *
 * A registry that was made before 2024-12-23 may still have the policy scope `V1`, in which only `ReplicateImage`,
 * `BatchImportUpstreamImage` and `CreateRepository` count; it refuses a policy with other actions as "Invalid registry
 * policy provided". `aws ecr put-account-setting --name REGISTRY_POLICY_SCOPE --value V2` moves it to `V2`.
 *
 * @resource AWS::ECR::RegistryPolicy
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
 * @example
 * RegistryPolicy.of(this).allowCachingBy(new iam.AccountPrincipal('444455556666'), 'team');
 */
export class RegistryPolicy extends Resource implements IRegistryPolicy {
  /**
   * Gives the registry policy of the account and region of a scope.
   *
   * @param scope whose account and region
   */
  public static of(scope: Construct): IRegistryPolicy {
    const stack = Stack.of(scope);
    const known = registryOf(PolicyOfRegistry, scope).policy;
    if (known) {
      known.asked(stack);
      return known;
    }
    const made = new RegistryPolicy(stack, 'EcrRegistryPolicy');
    made.isShared = true;
    return made;
  }

  /**
   * Tells whether the app makes the policy of an account and region, or says that it is managed elsewhere.
   *
   * @internal
   */
  public static _isMade(scope: Construct): boolean {
    return registryOf(PolicyOfRegistry, scope).policy !== undefined;
  }

  private readonly statements: PolicyStatement[] = [];
  private readonly managedElsewhere: boolean;
  /** True for the one that `of` made, for whichever stack asks. */
  private isShared = false;
  /** The stack that deploys the policy. */
  private home: Stack;
  private resource?: CfnRegistryPolicy;

  constructor(scope: Construct, id: string, props: RegistryPolicyProps = {}) {
    super(scope, id);
    this.managedElsewhere = props.managedElsewhere ?? false;
    this.home = this.stack;
    const ofRegistry = registryOf(PolicyOfRegistry, this);
    if (ofRegistry.policy) {
      fail(
        {
          id: 'RegistryPolicy.secondPolicy',
          what: `the registry policy ${ofRegistry.policy.node.path} is of the same account and region, which has one`,
          fix:
            'make the policy before the first construct that adds to it, and only once; elsewhere use ' +
            'RegistryPolicy.of(scope)',
        },
        this.node.path,
      );
    }
    ofRegistry.policy = this;
    this.warnOfNeighbour();
    this.node.addValidation({ validate: () => validationErrors(this.problems(), this.node.path) });
    // Whoever waits for the policy waits for its resource, which may stand in another stack.
    const roots = () => (this.resource ? [this, this.resource] : [this]);
    Dependable.implement(this, {
      get dependencyRoots() {
        return roots();
      },
    });
  }

  public addStatement(statement: PolicyStatement): void {
    throwIfAny(statementProblems(statement), this.node.path);
    this.statements.push(statement);
    if (this.statements.length === 1) {
      this.makeResource();
    }
  }

  public allowCachingBy(principal: IPrincipal, repositoryPrefix: string = ROOT): void {
    throwIfAny(
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

  /** Where it stands depends on which stacks need it, and not on which of them came first. */
  private asked(stack: Stack): void {
    this.throwIfWritten(stack);
    if (!this.isShared || stack.node.path >= this.home.node.path) {
      return;
    }
    if (this.resource) {
      this.resource.node.scope!.node.tryRemoveChild(this.resource.node.id);
    }
    this.home = stack;
    if (this.statements.length > 0) {
      this.makeResource();
    }
  }

  /** What is added to a template that is written already would be lost. */
  private throwIfWritten(stack: Stack): void {
    const stage = Stage.of(this.home);
    if (stage !== Stage.of(stack) && stage && isSynthesized(stage)) {
      fail(
        {
          id: 'RegistryPolicy.late',
          what:
            `the registry policy of this account and region is in the stage ${stage.node.path}, which was ` +
            'synthesized before, as CDK Pipelines does when it is added',
          fix: 'make all stages before the first of them is added to a pipeline',
        },
        stack.node.path,
      );
    }
  }

  /** Made with the first statement: ECR takes no empty policy. */
  private makeResource(): void {
    if (this.managedElsewhere) {
      const value = Lazy.string({ produce: () => this.stack.toJsonString(this.document()) });
      new CfnOutput(this, 'Statements', {
        value,
        description: 'What the policy of the ECR registry, which is managed elsewhere, has to contain',
      });
      return;
    }
    const [scope, id] = this.home === this.stack ? [this, 'Resource'] : [this.home, 'EcrRegistryPolicy'];
    this.resource = new CfnRegistryPolicy(scope, id, { policyText: Lazy.any({ produce: () => this.document() }) });
    // There is one for each account and region, so that its place in the tree says nothing.
    this.resource.overrideLogicalId('EcrRegistryPolicy');
  }

  /** Open stacks may be deployed to one place, where the policy deployed last replaces the other. */
  private warnOfNeighbour(): void {
    const neighbours = registryOfPossibleNeighbours(PolicyOfRegistry, this);
    const other = neighbours.policy;
    neighbours.policy ??= this;
    if (other && other !== this) {
      warn(
        this,
        'RegistryPolicy.possibleDuplicate',
        `${other.node.path} is the registry policy of another stack that leaves account or region open; if both are ` +
          'deployed to the same account and region, the one deployed last replaces the other; give the stacks an env',
      );
    }
  }

  /** Merges what it can, to stay below the limit of ECR. */
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
              id: 'RegistryPolicy.length',
              what: `the registry policy has ${length} characters`,
              allowed: `at most ${MAX_LENGTH}`,
              fix: 'allow organizations instead of accounts one by one, or fewer and shorter prefixes',
            },
          ];
    return [
      ...this.statements.flatMap(incompleteStatementProblems),
      ...this.statements.filter((statement) => statement.resources.length === 0).map(() => NO_RESOURCE),
      ...tooLong,
      ...(this.managedElsewhere
        ? []
        : this.foreignPolicies().map((policy): Problem => ({
            id: 'RegistryPolicy.otherPolicy',
            what:
              `${policy.node.path} is another policy of the registry of the same account and region, and the one ` +
              'deployed last replaces the other',
            fix:
              'add its statements with RegistryPolicy.of(scope).addStatement, or make this one with ' +
              'managedElsewhere: true',
          }))),
    ];
  }

  private foreignPolicies(): IConstruct[] {
    return resourcesBelow(this.node.root, 'AWS::ECR::RegistryPolicy').filter(
      (policy) => policy !== this.resource && registryOf(PolicyOfRegistry, policy).policy === this,
    );
  }
}
