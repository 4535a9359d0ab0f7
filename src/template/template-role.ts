import { Stack, Token } from 'aws-cdk-lib';
import { RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import { IRoleRef, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey, IKeyRef } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { RepositoryCreationTemplateOptions } from './template-options';
import { checkRoleAtSynth, createdRole, roleAccountProblems, trustProblems } from '../access/given-role';
import { Problem, validationErrors } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix } from '../core/repository-prefix';
import { warn } from '../core/warnings';

/** Who uses the role. */
const SERVICE = 'ecr.amazonaws.com';

const KEY_ACTIONS = ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];

/** Makes the role with which ECR sets tags and uses a key; nothing for a template that has neither. */
export function createTemplateRole(
  template: Construct,
  prefix: string,
  { encryptionKey, resourceTags }: RepositoryCreationTemplateOptions,
  encryption: RepositoryEncryption | undefined,
): Role | undefined {
  if (!isKms(encryption) && !hasTags(resourceTags)) {
    return undefined;
  }
  const stack = Stack.of(template);
  const resourceName = joinPrefix(prefix, '*');
  const role = new Role(template, 'Role', {
    assumedBy: new ServicePrincipal(SERVICE),
    inlinePolicies: {
      RepositoryCreation: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'],
            resources: [stack.formatArn({ service: 'ecr', resource: 'repository', resourceName })],
          }),
          ...(isKms(encryption) && !encryptionKey ? [awsManagedKeyStatement(stack)] : []),
        ],
      }),
    },
  });
  keepLogicalId(role, 'RepositoryCreationTemplateRole', prefix);
  if (isKms(encryption) && encryptionKey) {
    grantKey(encryptionKey, role);
  }
  return role;
}

/** Says why ECR cannot use the key or the role of a template. */
export function templateRoleProblems(
  template: Construct,
  { encryptionKey, role }: RepositoryCreationTemplateOptions,
): Problem[] {
  return [
    ...keyProblems(encryptionKey),
    ...(role
      ? [
          ...roleAccountProblems(template, role, 'template', 'RepositoryCreationTemplate.roleAccount'),
          ...pathProblems(role),
        ]
      : []),
  ];
}

/** Checks, when the app is synthesized, what is known of a role that was given. */
export function checkGivenRole(
  template: Construct,
  role: IRoleRef,
  { resourceTags }: RepositoryCreationTemplateOptions,
  encryption: RepositoryEncryption | undefined,
): void {
  const actions = [
    'ecr:CreateRepository',
    ...(hasTags(resourceTags) ? ['ecr:TagResource'] : []),
    ...(isKms(encryption) ? KEY_ACTIONS : []),
  ];
  checkRoleAtSynth(template, (policies) => {
    const missing = policies.missingActions(role, actions);
    // A policy of the key may allow what the role's own policies do not.
    if (missing.length > 0) {
      warn(
        template,
        'RepositoryCreationTemplate.rolePermissions',
        `no policy of the role ${role.node.path} allows ${missing.join(', ')}, with which ECR creates repositories; ` +
          'without them pulls fail as "not found"; allow these actions, or leave the role out to have one made',
      );
    }
    return validationErrors(trustProblems(role, SERVICE, 'RepositoryCreationTemplate.roleTrust'), template.node.path);
  });
}

function hasTags(resourceTags: { [key: string]: string } | undefined): boolean {
  return Object.keys(resourceTags ?? {}).length > 0;
}

function isKms(encryption: RepositoryEncryption | undefined): boolean {
  return encryption !== undefined && encryption.value !== RepositoryEncryption.AES_256.value;
}

/** An `IKey` may add to its own policy; of an L1 nothing but its ARN is known. */
function grantKey(key: IKeyRef & Partial<IKey>, role: Role): void {
  if (typeof key.grant === 'function') {
    key.grant(role, ...KEY_ACTIONS);
    return;
  }
  // Loaded here and not above, for those who have no key.
  const kms: typeof import('aws-cdk-lib/aws-kms') = require('aws-cdk-lib/aws-kms');
  kms.KeyGrants.fromKey(key).actions(role, ...KEY_ACTIONS);
}

/** Allows the use of AWS's own key, which is known by its alias only. */
function awsManagedKeyStatement(stack: Stack): PolicyStatement {
  return new PolicyStatement({
    actions: KEY_ACTIONS,
    resources: [stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
    conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/aws/ecr' } },
  });
}

/** ECR wants the key itself. */
function keyProblems(key: IKeyRef | undefined): Problem[] {
  return key !== undefined && 'aliasName' in key
    ? [
        {
          id: 'RepositoryCreationTemplate.keyAlias',
          what: 'encryptionKey is an alias',
          allowed: 'a key, which is rendered by its full ARN',
          fix: 'give the key that the alias stands for',
        },
      ]
    : [];
}

/** What follows `:role/` in an ARN, where it is known. */
const ROLE_PATH = /:role\/(.+)$/s;

function pathProblems(role: IRoleRef): Problem[] {
  const name = ROLE_PATH.exec(role.roleRef.roleArn)?.[1] ?? '';
  const path = name.includes('/') ? name : pathOfCreatedRole(role);
  return path === undefined
    ? []
    : [
        {
          id: 'RepositoryCreationTemplate.rolePath',
          what: 'ECR does not take a role with an IAM path here',
          given: path,
          allowed: 'a role without a path',
          fix: 'give a role without a path, or leave it out to have one made',
        },
      ];
}

function pathOfCreatedRole(role: IRoleRef): string | undefined {
  const path = createdRole(role)?.path;
  return path === '/' || Token.isUnresolved(path) ? undefined : path;
}
