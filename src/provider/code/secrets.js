/** A secret that was made with a random value has one version until somebody fills it in. Its value is not read. */
async function isPlaceholder({ SecretId, SecretIsGenerated }, clock) {
  // CloudFormation sends all properties as text, and EventBridge what stands in the template.
  if (String(SecretIsGenerated) !== 'true') {
    return false;
  }
  // Loaded here and not above: it takes as long as all else together, and few rules have such a secret.
  const { DescribeSecretCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
  try {
    const asked = new DescribeSecretCommand({ SecretId });
    const secret = await clock.retry(() => new SecretsManagerClient(CLIENT).send(asked), []);
    return Object.keys(secret.VersionIdsToStages ?? {}).length === 1;
  } catch (error) {
    console.error(error);
    return false;
  }
}
