import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { resourcesBelow } from '../core/resources';
import { warn } from '../core/warnings';
import { registryOfApp } from '../environment/registry';

/** The rules of an app that know their secret by its name alone, by the stage that they are in. */
class SecretsByName {
  public readonly stages = new Map<IConstruct, Map<IConstruct, string>>();
}

/**
 * Warns, when the app is synthesized, that a rule does not wait for its secret, which the app makes and the rule knows
 * by its name alone. All rules of a stage are looked at together, for the secrets are found by a walk.
 */
export function watchSecretName(rule: IConstruct, secretName: string): void {
  const { stages } = registryOfApp(SecretsByName, rule);
  const stage = Stage.of(rule) ?? rule.node.root;
  const known = stages.get(stage);
  const names = known ?? new Map<IConstruct, string>();
  names.set(rule, secretName);
  if (known) {
    return;
  }
  stages.set(stage, names);
  stage.node.addValidation({
    validate: () => {
      const secrets = secretsByName(stage);
      names.forEach((name, watched) => warnOfOrder(watched, name, secrets.get(name) ?? []));
      return [];
    },
  });
}

/** Another stage is deployed before or after as a whole. */
function secretsByName(stage: IConstruct): Map<unknown, CfnSecret[]> {
  const secrets = new Map<unknown, CfnSecret[]>();
  const all = resourcesBelow(stage, 'AWS::SecretsManager::Secret') as CfnSecret[];
  for (const secret of all.filter((one) => Stage.of(one) === stage)) {
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
      `the secret ${own.node.path} of this app has the name ${JSON.stringify(name)}, by which the rule refers to its ` +
        'secret; CloudFormation may create the rule first, which fails, for ECR looks for the secret then; use ' +
        'UpstreamCredentials.fromSecret',
    );
  }
}

/** Somebody may have told CDK of the order. */
function waits(rule: IConstruct, secret: CfnSecret): boolean {
  return Stack.of(rule) === Stack.of(secret)
    ? (rule.node.defaultChild as CfnResource).obtainDependencies().includes(secret)
    : Stack.of(rule).dependencies.includes(Stack.of(secret));
}
