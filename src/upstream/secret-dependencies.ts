import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { warn } from '../core/warnings';

/** The rules that know their secret by its name alone, by the stage that they are in. */
const namedSecrets = new WeakMap<IConstruct, Map<IConstruct, string>>();

/**
 * Says, when the app is synthesized, that a rule does not wait for its secret, which the app makes and the rule
 * knows by its name alone. All rules of a stage are looked at together, for the secrets are found by a walk.
 */
export function watchSecretName(rule: IConstruct, secretName: string): void {
  const stage = Stage.of(rule) ?? rule.node.root;
  const names = namedSecrets.get(stage);
  if (names) {
    names.set(rule, secretName);
    return;
  }
  namedSecrets.set(stage, new Map([[rule, secretName]]));
  stage.node.addValidation({
    validate: () => {
      const secrets = secretsByName(stage);
      namedSecrets.get(stage)!.forEach((name, watched) => warnOfOrder(watched, name, secrets.get(name) ?? []));
      return [];
    },
  });
}

/** Another stage is deployed before or after as a whole. */
function secretsByName(stage: IConstruct): Map<unknown, CfnSecret[]> {
  const secrets = new Map<unknown, CfnSecret[]>();
  for (const node of stage.node.findAll()) {
    if (
      !CfnResource.isCfnResource(node) ||
      node.cfnResourceType !== 'AWS::SecretsManager::Secret' ||
      Stage.of(node) !== stage
    ) {
      continue;
    }
    const secret = node as CfnSecret;
    const name = Stack.of(secret).resolve(secret.name);
    secrets.set(name, [...(secrets.get(name) ?? []), secret]);
  }
  return secrets;
}

function warnOfOrder(rule: IConstruct, name: string, secrets: CfnSecret[]): void {
  const own = secrets.find(
    (secret) => Stack.of(secret).environment === Stack.of(rule).environment && !waits(rule, secret),
  );
  if (own) {
    warn(
      rule,
      'UpstreamCredentials.secretOfApp',
      `the secret ${own.node.path} of this app has the name ${JSON.stringify(name)}, by which the rule knows its secret; CloudFormation may create the rule first, ` +
        'which fails, for ECR looks for the secret then; use UpstreamCredentials.fromSecret',
    );
  }
}

/** Somebody may have told CDK of the order. */
function waits(rule: IConstruct, secret: CfnSecret): boolean {
  return Stack.of(rule) === Stack.of(secret)
    ? (rule.node.defaultChild as CfnResource).obtainDependencies().includes(secret)
    : Stack.of(rule).dependencies.includes(Stack.of(secret));
}
