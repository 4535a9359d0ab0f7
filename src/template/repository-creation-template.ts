import { IResource, Lazy, Resource, Stack } from 'aws-cdk-lib';
import {
  CfnRepositoryCreationTemplate,
  CfnRepositoryCreationTemplateProps,
  IRepositoryCreationTemplateRef,
  RepositoryCreationTemplateReference,
  RepositoryEncryption,
} from 'aws-cdk-lib/aws-ecr';
import type { IRoleRef, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { lifecyclePolicy } from './lifecycle-policy';
import { optionProblems, POLICY_LENGTH } from './template-checks';
import { RepositoryCreationTemplateOptions, RepositoryTemplateUse } from './template-options';
import { checkGivenRole, createTemplateRole, templateRoleProblems } from './template-role';
import { warnOfNoRule, warnOfOptions } from './template-warnings';
import { crossAccountStatements, onCrossAccountStatement } from '../access/cross-account-statements';
import { incompleteStatementProblems, mergedPolicy, statementProblems } from '../access/resource-policy';
import { withCreationStackOf } from '../core/creation-stack';
import { fail, Problem, throwIfAny, validationErrors } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { renderedLength } from '../core/rendered-length';
import { normalizePrefix, prefixProblems, ROOT, TEMPLATE_PREFIX_LENGTH } from '../core/repository-prefix';
import { registryOf } from '../environment/registry';
import { RulePrefixes } from '../environment/rule-prefixes';

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

/** The templates of an account and region, by their prefix. */
class Templates {
  public readonly byPrefix = new Map<string, RepositoryCreationTemplate>();
}

/**
 * A template for the repositories that ECR creates at a first pull. Without one they keep every image forever, with
 * mutable tags, encrypted with AES256, without policy and tags.
 *
 * Throws if a property breaks a limit of ECR, if the prefix is taken in the same account and region, and if the role
 * cannot be used. A prefix that no rule of the app covers is a warning.
 *
 * @resource AWS::ECR::RepositoryCreationTemplate
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 * @example
 * new RepositoryCreationTemplate(this, 'Prometheus', {
 *   prefix: 'quay/prometheus',
 *   lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))],
 *   resourceTags: { team: 'platform' },
 * });
 */
export class RepositoryCreationTemplate extends Resource implements IRepositoryCreationTemplate {
  /** The prefix of the template for all repositories that no other covers. */
  public static readonly ROOT = ROOT;

  /**
   * Refers to a template that exists in the account and region of the stack.
   *
   * @param scope the parent
   * @param id the id
   * @param prefix its prefix
   */
  public static fromPrefix(scope: Construct, id: string, prefix: string): IRepositoryCreationTemplate {
    throwIfAny(prefixProblems('prefix', prefix, TEMPLATE_PREFIX_LENGTH), `${scope.node.path}/${id}`);
    class Import extends Resource implements IRepositoryCreationTemplate {
      public readonly prefix = normalizePrefix(prefix);
      public readonly repositoryCreationTemplateRef = { prefix: this.prefix };
    }
    return new Import(scope, id);
  }

  /**
   * Finds the template of the app with a prefix, in the account and region of a scope.
   *
   * @internal
   */
  public static _at(scope: Construct, prefix: string): RepositoryCreationTemplate | undefined {
    return registryOf(Templates, scope).byPrefix.get(prefix);
  }

  public readonly prefix: string;

  /** The role with which ECR sets tags and uses the key, if it needs one. */
  public readonly role?: IRoleRef;

  /**
   * The key and the role that were given, which may stand in other stacks.
   *
   * @internal
   */
  public readonly _needs: Construct[];

  private readonly resource: CfnRepositoryCreationTemplate;
  private readonly policy: PolicyStatement[] = [];
  private checksPolicy = false;
  private readonly appliedFor: RepositoryTemplateUse[];

  constructor(scope: Construct, id: string, props: RepositoryCreationTemplateProps) {
    super(scope, id);
    throwIfAny(prefixProblems('prefix', props?.prefix, TEMPLATE_PREFIX_LENGTH), this.node.path);
    throwIfAny([...optionProblems(props), ...templateRoleProblems(this, props)], this.node.path);
    this.prefix = normalizePrefix(props.prefix);
    this.appliedFor = props.appliedFor ?? [RepositoryTemplateUse.PULL_THROUGH_CACHE];
    this._needs = [props.encryptionKey, props.role].flatMap((need) => (need ? [need as Construct] : []));
    this.claimPrefix();
    warnOfOptions(this, props);

    const encryption = props.encryption ?? (props.encryptionKey && RepositoryEncryption.KMS);
    const tags = Object.entries(props.resourceTags ?? {}).map(([key, value]) => ({ key, value }));
    this.role = props.role ?? createTemplateRole(this, this.prefix, props, encryption);
    const rule = registryOf(RulePrefixes, this).at(this.prefix);
    this.resource = this.makeResource(rule === scope ? rule : undefined, {
      prefix: this.prefix,
      appliedFor: this.appliedFor,
      description: props.description,
      imageTagMutability: props.imageTagMutability,
      imageTagMutabilityExclusionFilters: props.imageTagMutabilityExclusionFilters?.map((filter) => filter._render()),
      encryptionConfiguration: encryption && {
        encryptionType: encryption.value,
        kmsKey: props.encryptionKey?.keyRef.keyArn,
      },
      lifecyclePolicy: props.lifecycleRules?.length ? lifecyclePolicy(this, props.lifecycleRules) : undefined,
      resourceTags: tags.length > 0 ? tags : undefined,
      customRoleArn: this.role?.roleRef.roleArn,
    });
    // With its policy: ECR uses the role for the first repository that a pull creates.
    if (this.role) {
      this.resource.node.addDependency(this.role);
    }
    keepLogicalId(this.resource, 'RepositoryCreationTemplate', this.prefix);
    props.repositoryPolicy?.forEach((statement) => this.addToRepositoryPolicy(statement));
    onCrossAccountStatement(this, () => this.rendersPolicy());
    if (crossAccountStatements(this, this.prefix).length > 0) {
      this.rendersPolicy();
    }
    if (props.role) {
      checkGivenRole(this, props.role, props, encryption);
    }
    if (rule !== scope && this._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE)) {
      this.node.addValidation({ validate: () => warnOfNoRule(this, this.prefix) });
    }
  }

  public get repositoryCreationTemplateRef(): RepositoryCreationTemplateReference {
    return { prefix: this.prefix };
  }

  /**
   * Adds a statement to the policy of each repository.
   *
   * Throws if a principal is everybody without a condition, or if the statement has resources. A statement without
   * principals or actions is an error at synth.
   *
   * @param statement a statement without resources, which are the repository itself
   */
  public addToRepositoryPolicy(statement: PolicyStatement): void {
    throwIfAny(statementProblems(statement), this.node.path);
    throwIfAny(
      statement.resources.length === 0
        ? []
        : [
            {
              id: 'RepositoryCreationTemplate.statementResources',
              what: 'a statement of a repository policy names resources',
              given: statement.resources.join(', '),
              allowed: 'none',
              fix: 'leave out the resources: the policy is about its own repository',
            },
          ],
      this.node.path,
    );
    this.policy.push(statement);
    this.rendersPolicy();
  }

  /**
   * Tells whether the template acts on repositories that are created so.
   *
   * @internal
   */
  public _appliesTo(use: RepositoryTemplateUse): boolean {
    return this.appliedFor.includes(use);
  }

  /** A template that is made by its rule, and that has no role below it, has the stack trace of the rule. */
  private makeResource(
    rule: IConstruct | undefined,
    props: CfnRepositoryCreationTemplateProps,
  ): CfnRepositoryCreationTemplate {
    const make = () => new CfnRepositoryCreationTemplate(this, 'Resource', props);
    return rule === undefined || this.node.children.length > 0
      ? make()
      : withCreationStackOf(this, rule.node.defaultChild!, make);
  }

  /**
   * Renders the statements that there are when the app is synthesized, and checks them. The many templates that never
   * have any do without this token, which CDK would resolve several times.
   */
  private rendersPolicy(): void {
    this.resource.repositoryPolicy ??= Lazy.string({ produce: () => this.renderPolicy() });
    if (!this.checksPolicy) {
      this.checksPolicy = true;
      this.node.addValidation({ validate: () => validationErrors(this.policyProblems(), this.node.path) });
    }
  }

  private claimPrefix(): void {
    const { byPrefix } = registryOf(Templates, this);
    const rival = byPrefix.get(this.prefix);
    if (rival) {
      fail(
        {
          id: 'RepositoryCreationTemplate.prefixTaken',
          what:
            `the template ${rival.node.path} has this prefix in the same account and region, where it can be used ` +
            'once',
          given: this.prefix,
          allowed: 'a prefix that no other template has; a slash at its end makes no difference',
          fix: 'use one template for both, or give one of them a deeper prefix',
        },
        this.node.path,
      );
    }
    byPrefix.set(this.prefix, this);
  }

  /** Gives nothing for the many templates without a statement. */
  private policyDocument(): PolicyDocument | undefined {
    const statements = [...this.policy, ...crossAccountStatements(this, this.prefix)];
    return statements.length === 0 ? undefined : mergedPolicy(this, statements);
  }

  private renderPolicy(): string | undefined {
    const document = this.policyDocument();
    return document && Stack.of(this).toJsonString(document);
  }

  private policyProblems(): Problem[] {
    return [...this.policy.flatMap(incompleteStatementProblems), ...this.lengthProblems()];
  }

  private lengthProblems(): Problem[] {
    const document = this.policyDocument();
    const length = document ? renderedLength(this.stack.resolve(document)) : 0;
    return length <= POLICY_LENGTH
      ? []
      : [
          {
            id: 'RepositoryCreationTemplate.policyLength',
            what: `the repository policy of the template has ${length} characters`,
            allowed: `at most ${POLICY_LENGTH}`,
            fix: 'allow organizations instead of accounts one by one',
          },
        ];
  }
}
