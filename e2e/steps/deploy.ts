import { join } from 'path';
import { readStacks } from '../../scripts/assembly';
import { installLibrary } from '../../scripts/library';
import { E2E, EXAMPLES, exampleNames } from '../../scripts/run';
import { Account, ACCOUNT, check, checkEqual, OTHER_ACCOUNT, REGION, step, workDirectory } from '../tools';

/** Examples of one account and region, of resources that moto has. */
const DEPLOYED = ['quickstart'];

/** The real CLI deploys the examples to an account on this machine, and the SDK looks at what is there then. */
step(async () => {
  installLibrary();
  // For the SDK, with which the steps look at what was deployed.
  installLibrary(E2E);
  const account = await Account.start();
  await modelRefuses(account);
  account.bootstrap();
  await makeSecrets(account);

  for (const name of DEPLOYED) { await deployExample(account, name); }
  const others = exampleNames().filter((name) => !DEPLOYED.includes(name));
  return `deployed, unchanged at the second deployment, and destroyed: ${DEPLOYED.join(', ')}; NOT deployed: ${others.join(', ')}`;
});

/** A model that takes everything proves nothing. */
async function modelRefuses(account: Account): Promise<void> {
  const refuses = async (what: string, pattern: RegExp, input: object) => {
    const refusal = await account.refusal('ecr', 'CreatePullThroughCacheRule', input);
    check(`the account refuses ${what}`, pattern.test(refusal), refusal);
  };
  const quay = { ecrRepositoryPrefix: 'quay', upstreamRegistryUrl: 'quay.io', upstreamRegistry: 'quay' };
  const hub = { ecrRepositoryPrefix: 'hub', upstreamRegistryUrl: 'registry-1.docker.io', upstreamRegistry: 'docker-hub' };
  const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/none-a1B2c3`;

  await refuses('an unknown upstream', /UnsupportedUpstreamRegistry/, { ...quay, upstreamRegistryUrl: 'docker.io' });
  await refuses('a registry that does not fit its URL', /UnsupportedUpstreamRegistry/, { ...quay, upstreamRegistry: 'k8s' });
  await refuses('a wrong prefix', /InvalidParameter.*pattern/s, { ...quay, ecrRepositoryPrefix: 'Quay' });
  await refuses('Docker Hub without a secret', /InvalidParameter.*credentials/s, hub);
  await refuses('a secret that does not exist', /SecretNotFound/, { ...hub, credentialArn: secret });
  await refuses('another account without a role', /InvalidParameter.*role/s,
    { ecrRepositoryPrefix: 'ecr', upstreamRegistryUrl: `${OTHER_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`, upstreamRegistry: 'ecr' });
  await refuses('an upstream prefix below ROOT', /InvalidParameter/, { ...quay, ecrRepositoryPrefix: 'ROOT', upstreamRepositoryPrefix: 'team' });

  const prefixes = Array.from({ length: 50 }, (_, index) => `quay-${index}`);
  for (const ecrRepositoryPrefix of prefixes) { await account.call('ecr', 'CreatePullThroughCacheRule', { ...quay, ecrRepositoryPrefix }); }
  await refuses('a prefix that is taken', /AlreadyExists/, { ...quay, ecrRepositoryPrefix: 'quay-1/' });
  await refuses('a 51st rule', /LimitExceeded/, quay);
  for (const ecrRepositoryPrefix of prefixes) { await account.call('ecr', 'DeletePullThroughCacheRule', { ecrRepositoryPrefix }); }

  const policy = (name: string) => ({
    StackName: name,
    TemplateBody: JSON.stringify({
      Resources: {
        Policy: {
          Type: 'AWS::ECR::RegistryPolicy',
          Properties: {
            PolicyText: {
              Version: '2012-10-17',
              Statement: [{ Sid: 'One', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` }, Action: 'ecr:BatchImportUpstreamImage', Resource: '*' }],
            },
          },
        },
      },
    }),
  });
  await account.call('cloudformation', 'CreateStack', policy('Policy1'));
  const second = await account.refusal('cloudformation', 'CreateStack', policy('Policy2'));
  check('the account refuses a second registry policy', /already exists/i.test(second), second);
  await account.call('cloudformation', 'DeleteStack', { StackName: 'Policy1' });
}

/** What the examples expect to find. */
async function makeSecrets(account: Account): Promise<void> {
  const make = (name: string, value: object, suffix: string) => account.call('secrets-manager', 'CreateSecret', {
    Name: name,
    SecretString: JSON.stringify(value),
    // moto's way to say how the ARN ends.
    Tags: [{ Key: '_custom_id_', Value: suffix }],
  });
  await make('ecr-pullthroughcache/docker-hub', { username: 'ann', accessToken: 'token' }, 'a1B2c3');
  await make('ecr-pullthroughcache/azure', { username: 'ann', accessToken: 'token' }, 'd4E5f6');
  await make('github/read-packages', { token: 'secret of GitHub' }, 'g7H8i9');
}

async function deployExample(account: Account, name: string): Promise<void> {
  const directory = join(EXAMPLES, name);
  const assembly = workDirectory(`example-${name}`);
  account.cdk(['synth', '--all', '--quiet', '--strict', '--output', assembly], directory);
  const cdk = (...args: string[]) => account.cdk([...args, '--all', '--app', assembly], directory);
  const expected = readStacks(assembly).flatMap((stack) => Object.values(stack.template.Resources ?? {}));
  const ofType = (type: string) => expected.filter(({ Type }) => Type === type);

  cdk('deploy', '--require-approval', 'never');
  const rules = await account.rules();
  const wanted = ofType('AWS::ECR::PullThroughCacheRule').map(({ Properties }) => `${Properties!.EcrRepositoryPrefix} ${Properties!.UpstreamRegistryUrl}`);
  checkEqual(`${name}: ${wanted.length} rules in the registry`, rules.map((rule) => `${rule.ecrRepositoryPrefix} ${rule.upstreamRegistryUrl}`).sort(), wanted.sort());
  for (const rule of rules.filter(({ credentialArn }) => credentialArn)) {
    const value = await account.secretValue(rule.credentialArn!);
    check(`${name}: the secret of ${rule.ecrRepositoryPrefix} has the keys that ECR reads`,
      typeof value.username === 'string' && typeof value.accessToken === 'string' && value.accessToken !== '' && !value.accessToken.includes('resolve:'), Object.keys(value));
  }
  for (const rule of rules.filter(({ customRoleArn }) => customRoleArn)) {
    const { Role } = await account.call('iam', 'GetRole', { RoleName: rule.customRoleArn!.split('/').pop() });
    check(`${name}: the role of ${rule.ecrRepositoryPrefix} is for ECR`, decodeURIComponent(Role.AssumeRolePolicyDocument).includes('pullthroughcache.ecr.amazonaws.com'), Role);
  }
  const templates = ofType('AWS::ECR::RepositoryCreationTemplate').map(({ Properties }) => Properties!.Prefix).sort();
  checkEqual(`${name}: ${templates.length} templates in the registry`, (await account.templates()).map(({ prefix }) => prefix).sort(), templates);

  const difference = cdk('diff', '--method', 'template');
  check(`${name}: no difference after the deployment`, /Number of stacks with differences: 0/.test(difference), difference);
  const again = cdk('deploy', '--require-approval', 'never');
  check(`${name}: nothing to do at the second deployment`, /no changes/.test(again), again);
  checkEqual(`${name}: the rules are those of the first deployment`, await account.rules(), rules);

  cdk('destroy', '--force');
  checkEqual(`${name}: no rule and no template is left`, [await account.rules(), await account.templates()], [[], []]);
  const secrets = await account.call('secrets-manager', 'ListSecrets');
  const made = ofType('AWS::SecretsManager::Secret').map(({ Properties }) => Properties!.Name);
  check(`${name}: none of its ${made.length} secrets is left`, !secrets.SecretList.some((secret: any) => made.includes(secret.Name)), secrets.SecretList);
  check(`${name}: secrets that it did not make are left`, secrets.SecretList.length >= 3, secrets.SecretList);
}

