import { CfnResource } from 'aws-cdk-lib';
import type { CfnSecret, ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Tells whether a secret of this app is made with a random value, which somebody fills in later. */
export function isGenerated(secret: ISecret | undefined): boolean {
  const resource = secret?.node.defaultChild;
  return (
    resource !== undefined &&
    CfnResource.isCfnResource(resource) &&
    resource.cfnResourceType === 'AWS::SecretsManager::Secret' &&
    (resource as CfnSecret).generateSecretString !== undefined
  );
}

/** What the code of a function knows a rule's secret by. */
export function secretProperties(secret: ISecret | undefined): Record<string, unknown> {
  return { SecretId: secret?.secretArn, SecretIsGenerated: isGenerated(secret) ? true : undefined };
}
