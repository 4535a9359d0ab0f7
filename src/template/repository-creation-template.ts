import { IResource, Lazy, Resource, Stack } from 'aws-cdk-lib';
import {
  CfnRepositoryCreationTemplate,
  ImageTagMutabilityExclusionFilter,
  IRepositoryCreationTemplateRef,
  RepositoryCreationTemplateReference,
  RepositoryEncryption,
  TagMutability,
} from 'aws-cdk-lib/aws-ecr';
import { IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { lifecyclePolicy } from './lifecycle-policy';
import type { RepositoryLifecycleRule } from './repository-lifecycle-rule';
import { keyProblems, optionProblems, POLICY_LENGTH, roleProblems } from './template-checks';
import { pullStatements } from '../access/cross-account-statements';
import { missingActions, trustProblems, watchPolicies } from '../access/given-role';
import { mergedPolicy, STATEMENT, statementProblems } from '../access/resource-policy';
import { describe, fail, Problem, refuse } from '../core/errors';
import { renderedLength } from '../core/json-length';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix, normalizePrefix, prefixProblems, ROOT, TEMPLATE_PREFIX_LENGTH } from '../core/repository-prefix';
import {
  ANYTHING,
  checkedScope,
  constructWith,
  listOf,
  mapOf,
  memberProblems,
  oneOf,
  Shapes,
  TEXT,
  withMethod,
} from '../core/shapes';
import { warn } from '../core/warnings';
import { Environment, regionOf } from '../environment/environment';
import { isBesideAllRules } from '../rule/known-prefixes';
import { isGovCloud } from '../upstream/catalogue';

/**
 * For which repositories a template speaks.
 */
export enum RepositoryTemplateUse {
  /** Those that the first pull through the cache creates. */
  PULL_THROUGH_CACHE = 'PULL_THROUGH_CACHE',

  /** Those that replication creates. */
  REPLICATION = 'REPLICATION',

  /** Those that a push creates. */
  CREATE_ON_PUSH = 'CREATE_ON_PUSH',
}

/**
 * A template for repositories that ECR creates.
 */
export interface IRepositoryCreationTemplate extends IResource, IRepositoryCreationTemplateRef {
  /**
   * The prefix of the repositories, without a slash at its end; `ROOT` for all that no other template covers.
   *
   * @attribute
   */
  readonly prefix: string;
}

/**
 * How the repositories are that ECR creates. A template acts when a repository is created: what exists stays
 * as it is.
 */
export interface RepositoryCreationTemplateOptions {
  /**
   * For which repositories.
   *
   * @default - those that pulls through the cache create
   */
  readonly appliedFor?: RepositoryTemplateUse[];

  /**
   * What the template is for. At most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Whether a tag can be moved to another image.
   *
   * For a cache, an immutable tag is a warning: it is never refreshed from the upstream.
   *
   * @default TagMutability.MUTABLE
   */
  readonly imageTagMutability?: TagMutability;

  /**
   * The tags for which the opposite of `imageTagMutability` holds: 1 to 5, with a mutability `..._WITH_EXCLUSION`.
   *
   * @default - none
   */
  readonly imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[];

  /**
   * How the images are encrypted. `KMS_DSSE` exists in GovCloud only.
   *
   * @default - `KMS` with an `encryptionKey`, `AES_256` without
   */
  readonly encryption?: RepositoryEncryption;

  /**
   * The key that encrypts the images; it is rendered by its full ARN, so an alias will not do.
   *
   * @default - none; for `KMS` the key `aws/ecr`
   */
  readonly encryptionKey?: IKey;

  /**
   * When ECR removes images; rules for tagged or untagged images come before those for all.
   *
   * @default - never
   */
  readonly lifecycleRules?: RepositoryLifecycleRule[];

  /**
   * The policy of each repository: statements without resources. At most 10,240 characters in all.
   *
   * @default - none
   */
  readonly repositoryPolicy?: PolicyStatement[];

  /**
   * The tags of each repository. At most 50, with keys of 1 to 128 and values of up to 256 characters.
   *
   * @default - none
   */
  readonly resourceTags?: { [key: string]: string };

  /**
   * The role with which ECR sets tags and uses the key. It trusts `ecr.amazonaws.com`, has no path, and must be
   * allowed to use the `encryptionKey`: a role that is given is not changed. Of a role that this app makes, the
   * trust is checked at synth, and an action that it lacks is a warning.
   *
   * @default - made when there are tags or KMS encryption, and never otherwise
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-iam.html
   */
  readonly role?: IRole;
}

/**
 * Properties of a template.
 */
export interface RepositoryCreationTemplateProps extends RepositoryCreationTemplateOptions {
  /**
   * The prefix of the repositories: lower case letters and digits, with `.`, `_`, `__` or `-` between them, in
   * parts separated by `/`; 1 to 256 characters. `ROOT` for all that no other template covers. Of several
   * templates the one with the longest prefix counts, and no other.
   */
  readonly prefix: string;
}

/** By value, for secrets have a text as value too. */
const ENCRYPTION_TYPES = [RepositoryEncryption.AES_256, RepositoryEncryption.KMS, RepositoryEncryption.KMS_DSSE].map(
  ({ value }) => value,
);

const PROPS: Shapes<RepositoryCreationTemplateProps> = {
  prefix: ANYTHING,
  appliedFor: listOf(oneOf(RepositoryTemplateUse)),
  description: TEXT,
  imageTagMutability: oneOf(TagMutability),
  imageTagMutabilityExclusionFilters: listOf(withMethod('an ImageTagMutabilityExclusionFilter', '_render')),
  encryption: { name: 'a RepositoryEncryption', fits: (encryption) => ENCRYPTION_TYPES.includes(encryption?.value) },
  encryptionKey: constructWith('an IKey', 'keyArn'),
  lifecycleRules: listOf(withMethod('a RepositoryLifecycleRule', '_rendered')),
  repositoryPolicy: listOf(STATEMENT),
  resourceTags: mapOf(TEXT),
  role: constructWith('an IRole', 'roleArn'),
};

const KIND = 'template';

/**
 * A template for the repositories that ECR creates at a first pull. Without one they keep every image for
 * ever, with mutable tags, encrypted with AES256, without policy and tags.
 *
 * Throws if a property breaks a limit of ECR, if the prefix is taken in the same account and region, and if
 * the role cannot be used. A prefix that no rule of the app covers is a warning.
 *
 * @resource AWS::ECR::RepositoryCreationTemplate
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 */
export class RepositoryCreationTemplate extends Resource implements IRepositoryCreationTemplate {
  /** The prefix of the template for all repositories that no other covers. */
  public static readonly ROOT = ROOT;

  /**
   * A template that exists in the account and region of the stack.
   *
   * @param scope the parent
   * @param id the id
   * @param prefix its prefix
   */
  public static fromPrefix(scope: Construct, id: string, prefix: string): IRepositoryCreationTemplate {
    refuse(prefixProblems('prefix', prefix, TEMPLATE_PREFIX_LENGTH), `${checkedScope(scope, id).node.path}/${id}`);
    class Import extends Resource implements IRepositoryCreationTemplate {
      public readonly prefix = normalizePrefix(prefix);
      public readonly repositoryCreationTemplateRef = { prefix: this.prefix };
    }
    return new Import(scope, id);
  }

  public readonly prefix: string;

  /** The role with which ECR sets tags and uses the key, if it needs one. */
  public readonly role?: IRole;

  private readonly resource: CfnRepositoryCreationTemplate;
  private readonly policy: PolicyStatement[] = [];
  private readonly appliedFor: RepositoryTemplateUse[];

  constructor(scope: Construct, id: string, props: RepositoryCreationTemplateProps) {
    super(checkedScope(scope, id), id);
    refuse(
      [...prefixProblems('prefix', props?.prefix, TEMPLATE_PREFIX_LENGTH), ...memberProblems('props', props, PROPS)],
      this.node.path,
    );
    refuse(optionProblems(props), this.node.path);
    this.prefix = normalizePrefix(props.prefix);
    this.appliedFor = props.appliedFor ?? [RepositoryTemplateUse.PULL_THROUGH_CACHE];
    this.claimPrefix();
    this.warnOf(props);

    const encryption = props.encryption ?? (props.encryptionKey && RepositoryEncryption.KMS);
    const tags = Object.entries(props.resourceTags ?? {}).map(([key, value]) => ({ key, value }));
    this.role = this.roleFor(props, encryption, tags.length > 0);
    this.resource = new CfnRepositoryCreationTemplate(this, 'Resource', {
      prefix: this.prefix,
      appliedFor: this.appliedFor,
      description: props.description,
      imageTagMutability: props.imageTagMutability,
      imageTagMutabilityExclusionFilters: props.imageTagMutabilityExclusionFilters?.map((filter) => filter._render()),
      encryptionConfiguration: encryption && { encryptionType: encryption.value, kmsKey: props.encryptionKey?.keyArn },
      lifecyclePolicy: props.lifecycleRules?.length
        ? lifecyclePolicy(
            this,
            props.lifecycleRules.map((rule) => rule._rendered()),
          )
        : undefined,
      resourceTags: tags.length > 0 ? tags : undefined,
      customRoleArn: this.role?.roleArn,
    });
    // With its policy: ECR uses the role for the first repository that a pull creates.
    if (this.role) {
      this.resource.node.addDependency(this.role);
    }
    keepLogicalId(this.resource, 'RepositoryCreationTemplate', this.prefix);
    props.repositoryPolicy?.forEach((statement) => this.addToRepositoryPolicy(statement));
    if (pullStatements(this, this.prefix).length > 0) {
      this._rendersPolicy();
    }
    const given = props.role;
    if (given) {
      watchPolicies(this);
    }
    this.node.addValidation({
      validate: () => {
        this.warnOfPrefix();
        if (given) {
          this.warnOfRole(given, tags.length > 0, isKms(encryption));
        }
        const problems = [...this.policyProblems(), ...(given ? trustProblems(given, SERVICE) : [])];
        return problems.map((problem) => `${describe(problem)} [at ${this.node.path}]`);
      },
    });
  }

  public get repositoryCreationTemplateRef(): RepositoryCreationTemplateReference {
    return { prefix: this.prefix };
  }

  /**
   * Adds a statement to the policy of each repository.
   *
   * Throws if a principal is everybody without a condition, or if the statement has resources.
   *
   * @param statement a statement without resources, which are the repository itself
   */
  public addToRepositoryPolicy(statement: PolicyStatement): void {
    refuse(statementProblems(statement), this.node.path);
    refuse(
      statement.resources.length === 0
        ? []
        : [
            {
              what: 'a statement of a repository policy names resources',
              given: statement.resources.join(', '),
              allowed: 'none',
              fix: 'leave out the resources: the policy is about its own repository',
            },
          ],
      this.node.path,
    );
    this.policy.push(statement);
    this._rendersPolicy();
  }

  /**
   * Renders the statements that there are when the app is synthesized. The many templates that never have any do
   * without this token, which CDK would resolve several times.
   *
   * @internal
   */
  public _rendersPolicy(): void {
    this.resource.repositoryPolicy ??= Lazy.string({ produce: () => this.renderPolicy() });
  }

  /**
   * Whether the template speaks for repositories that are created so.
   *
   * @internal
   */
  public _appliesTo(use: RepositoryTemplateUse): boolean {
    return this.appliedFor.includes(use);
  }

  private claimPrefix(): void {
    const environment = Environment.of(this);
    const rival = environment.holder(KIND, this.prefix);
    if (rival) {
      fail(
        {
          what: `the template ${rival.node.path} has this prefix in the same account and region, where it can be used once`,
          given: this.prefix,
          allowed: 'a prefix that no other template has, a slash at its end aside',
          fix: 'use one template for both, or give one of them a deeper prefix',
        },
        this.node.path,
      );
    }
    environment.hold(KIND, this.prefix, this);
  }

  private warnOf(props: RepositoryCreationTemplateProps): void {
    const caches = this._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE);
    if (caches && props.imageTagMutability === TagMutability.IMMUTABLE) {
      warn(
        this,
        'RepositoryCreationTemplate.immutableCache',
        'tags of the cache that are immutable are no longer refreshed from the upstream: "latest" stays what it was at the first pull; ' +
          'use MUTABLE, or MUTABLE_WITH_EXCLUSION for tags that never move',
      );
    }
    if (caches && props.lifecycleRules?.some((rule) => rule._rendered().action.type === 'transition')) {
      warn(
        this,
        'RepositoryCreationTemplate.archivedImages',
        'images that a lifecycle rule has archived fail to pull as "not found" until somebody restores them or, after at least 90 days, they expire; ' +
          'with RepositoryLifecycleRule.olderThan the next pull fetches them again',
      );
    }
    if (props.encryption?.value === RepositoryEncryption.KMS_DSSE.value && !isGovCloud(regionOf(this) ?? '')) {
      warn(
        this,
        'RepositoryCreationTemplate.dsseOutsideGovCloud',
        'templates know KMS_DSSE in the regions of GovCloud only; use KMS',
      );
    }
  }

  /** Rules of other apps are not known, so that this is no more than a warning. */
  private warnOfPrefix(): void {
    if (this._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE) && isBesideAllRules(this, this.prefix)) {
      warn(
        this,
        'RepositoryCreationTemplate.noRule',
        `no pull through cache rule of this app has repositories below the prefix ${JSON.stringify(this.prefix)}, so that the template acts on none that a pull creates; ` +
          'give the template the prefix of a rule, or one above or below it',
      );
    }
  }

  /** A policy of the key may allow what the role's own policies do not. */
  private warnOfRole(role: IRole, hasTags: boolean, kms: boolean): void {
    const missing = missingActions(role, [
      'ecr:CreateRepository',
      ...(hasTags ? ['ecr:TagResource'] : []),
      ...(kms ? KEY_ACTIONS : []),
    ]);
    if (missing.length > 0) {
      warn(
        this,
        'RepositoryCreationTemplate.rolePermissions',
        `no policy of the role ${role.node.path} allows ${missing.join(', ')}, with which ECR creates repositories; without them pulls fail as "not found"; ` +
          'allow these actions, or leave the role out to have one made',
      );
    }
  }

  private roleFor(
    props: RepositoryCreationTemplateProps,
    encryption: RepositoryEncryption | undefined,
    hasTags: boolean,
  ): IRole | undefined {
    refuse([...keyProblems(props.encryptionKey), ...roleProblems(this, props.role)], this.node.path);
    const kms = isKms(encryption);
    if (props.role || !(kms || hasTags)) {
      return props.role;
    }

    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal(SERVICE),
      inlinePolicies: {
        RepositoryCreation: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'],
              resources: [
                this.stack.formatArn({
                  service: 'ecr',
                  resource: 'repository',
                  resourceName: joinPrefix(this.prefix, '*'),
                }),
              ],
            }),
            ...(kms && !props.encryptionKey ? [this.awsManagedKeyStatement()] : []),
          ],
        }),
      },
    });
    keepLogicalId(role, 'RepositoryCreationTemplateRole', this.prefix);
    if (kms) {
      props.encryptionKey?.grant(role, ...KEY_ACTIONS);
    }
    return role;
  }

  /** The key is AWS's own, and known by its alias only. */
  private awsManagedKeyStatement(): PolicyStatement {
    return new PolicyStatement({
      actions: KEY_ACTIONS,
      resources: [this.stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/aws/ecr' } },
    });
  }

  /** Nothing for the many templates without a statement. */
  private policyDocument(): PolicyDocument | undefined {
    const statements = [...this.policy, ...pullStatements(this, this.prefix)];
    return statements.length === 0 ? undefined : mergedPolicy(this, statements);
  }

  private renderPolicy(): string | undefined {
    const document = this.policyDocument();
    return document && Stack.of(this).toJsonString(document);
  }

  private policyProblems(): Problem[] {
    const document = this.policyDocument();
    const length = document ? renderedLength(this.stack.resolve(document)) : 0;
    return length <= POLICY_LENGTH
      ? []
      : [
          {
            what: `the repository policy of the template has ${length} characters`,
            allowed: `at most ${POLICY_LENGTH}`,
            fix: 'allow organizations instead of accounts one by one',
          },
        ];
  }
}

const KEY_ACTIONS = ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];

/** Who uses the role. */
const SERVICE = 'ecr.amazonaws.com';

function isKms(encryption: RepositoryEncryption | undefined): boolean {
  return encryption !== undefined && encryption.value !== RepositoryEncryption.AES_256.value;
}
