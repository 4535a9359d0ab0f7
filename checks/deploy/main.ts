import { join } from 'path';
import { ask } from '../../test/support/simulate';
import { Account, ACCOUNT, OTHER_ACCOUNT, REGION, repositoryPolicy } from '../account/account';
import { readStacks, SynthesizedStack } from '../support/assembly';
import { check, checkEqual, step, workDirectory } from '../support/check';
import { RecordingDocker } from '../support/docker';
import { installLibrary } from '../support/library';
import { CHECKS, EXAMPLES, exampleNames, fail } from '../support/run';

/** What the pull of an image needs, by its repository, in the documentation of ECR. */
const CACHED_PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const FIRST_PULL = [...CACHED_PULL, 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/** The repository of the images that CDK builds, which is there before. */
const BUILT = /^cdk-[a-z0-9]+-container-assets-/;

/** Secrets that an example takes for granted: how the ARN ends, and the value. */
const DOCKER_HUB = {
  name: 'ecr-pullthroughcache/docker-hub',
  suffix: 'a1B2c3',
  value: { username: 'ann', accessToken: 'token' },
};
const EXPECTED_SECRETS: Record<string, (typeof DOCKER_HUB)[]> = {
  quickstart: [
    DOCKER_HUB,
    { ...DOCKER_HUB, name: 'ecr-pullthroughcache/azure', suffix: 'd4E5f6' },
    { name: 'github/read-packages', suffix: 'g7H8i9', value: { token: 'secret of GitHub' } as any },
  ],
  'docker-builds': [DOCKER_HUB],
  'ecs-service': [DOCKER_HUB],
  'eks-manifests': [DOCKER_HUB],
  'credentials-watched': [DOCKER_HUB, { ...DOCKER_HUB, name: 'ecr-pullthroughcache/github', suffix: 'm4N5o6' }],
  'eks-admission-policy': [DOCKER_HUB],
  'rules-changed-in-place': [DOCKER_HUB],
  'failing-tokens': [DOCKER_HUB, { ...DOCKER_HUB, name: 'ecr-pullthroughcache/chainguard', suffix: 'j1K2l3' }],
};

/** Examples whose nodes may pull whatever a pod names, from every rule. */
const WHOLE_RULES = ['eks-admission-policy'];
/** Examples that need images upstream: `checks/prefetch` deploys them. */
const PREFETCHED = ['lambda-from-docker-hub', 'pinned-by-digest'];

/** The role of the nodes of a cluster that is there before, and the repositories of what they pull in the end. */
const NODES = {
  role: 'main-nodes',
  repositories: [
    'docker-hub/library/busybox',
    'docker-hub/library/nginx',
    'kubernetes/metrics-server/metrics-server',
    'quay/prometheus/node-exporter',
  ],
};

/** The real CLI deploys the examples to an account on this machine, and the SDK looks at what is there then. */
step(async () => {
  installLibrary();
  // For the SDK, with which the steps look at what was deployed.
  installLibrary(CHECKS);
  // What is built is of no interest here, and is not pushed.
  new RecordingDocker();
  const account = await Account.start();
  await modelRefuses(account);
  await account.call('iam', 'CreateRole', { RoleName: NODES.role, AssumeRolePolicyDocument: '{}' });

  const examples = exampleNames()
    .filter((name) => !PREFETCHED.includes(name))
    .map((name) => new Example(account, name));
  const environments = new Set(examples.flatMap(({ stacks }) => stacks.map(({ environment }) => environment)));
  for (const environment of environments) {
    regionOf(account, environment).bootstrap();
  }
  for (const example of examples) {
    await example.run();
  }
  const names = examples.map(({ name }) => name).join(', ');
  const places = [...environments].sort().join(', ');
  return `deployed, unchanged at the second deployment, and destroyed: ${names}; in ${places}`;
});

function regionOf(account: Account, environment: string): Account {
  const [id, region] = environment.split('/');
  return account.at(id, region);
}

/** A model that takes everything proves nothing. */
async function modelRefuses(account: Account): Promise<void> {
  const refuses = async (what: string, pattern: RegExp, input: object) => {
    const refusal = await account.refusal('ecr', 'CreatePullThroughCacheRule', input);
    check(`the account refuses ${what}`, pattern.test(refusal), refusal);
  };
  const quay = { ecrRepositoryPrefix: 'quay', upstreamRegistryUrl: 'quay.io', upstreamRegistry: 'quay' };
  const hub = {
    ecrRepositoryPrefix: 'hub',
    upstreamRegistryUrl: 'registry-1.docker.io',
    upstreamRegistry: 'docker-hub',
  };
  const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/none-a1B2c3`;

  await refuses('an unknown upstream', /UnsupportedUpstreamRegistry/, { ...quay, upstreamRegistryUrl: 'docker.io' });
  await refuses('a registry that does not fit its URL', /UnsupportedUpstreamRegistry/, {
    ...quay,
    upstreamRegistry: 'k8s',
  });
  await refuses('a wrong prefix', /InvalidParameter.*pattern/s, { ...quay, ecrRepositoryPrefix: 'Quay' });
  await refuses('Docker Hub without a secret', /InvalidParameter.*credentials/s, hub);
  await refuses('a secret that does not exist', /SecretNotFound/, { ...hub, credentialArn: secret });
  await refuses('another account without a role', /InvalidParameter.*role/s, {
    ecrRepositoryPrefix: 'ecr',
    upstreamRegistryUrl: `${OTHER_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`,
    upstreamRegistry: 'ecr',
  });
  await refuses('an upstream prefix below ROOT', /InvalidParameter/, {
    ...quay,
    ecrRepositoryPrefix: 'ROOT',
    upstreamRepositoryPrefix: 'team',
  });

  const prefixes = Array.from({ length: 50 }, (_, index) => `quay-${index}`);
  for (const ecrRepositoryPrefix of prefixes) {
    await account.call('ecr', 'CreatePullThroughCacheRule', { ...quay, ecrRepositoryPrefix });
  }
  await refuses('a prefix that is taken', /AlreadyExists/, { ...quay, ecrRepositoryPrefix: 'quay-1/' });
  await refuses('a 51st rule', /LimitExceeded/, quay);
  for (const ecrRepositoryPrefix of prefixes) {
    await account.call('ecr', 'DeletePullThroughCacheRule', { ecrRepositoryPrefix });
  }

  const policy = (name: string) => ({
    StackName: name,
    TemplateBody: JSON.stringify({
      Resources: {
        Policy: {
          Type: 'AWS::ECR::RegistryPolicy',
          Properties: {
            PolicyText: {
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'One',
                  Effect: 'Allow',
                  Principal: { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` },
                  Action: 'ecr:BatchImportUpstreamImage',
                  Resource: '*',
                },
              ],
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

class Example {
  public readonly stacks: SynthesizedStack[];
  private readonly directory: string;
  private readonly assembly: string;

  constructor(
    private readonly account: Account,
    public readonly name: string,
  ) {
    this.directory = join(EXAMPLES, name);
    this.assembly = workDirectory(`example-${name}`);
    account.cdk(['synth', '--all', '--quiet', '--strict', '--output', this.assembly], this.directory);
    this.stacks = readStacks(this.assembly);
  }

  public async run(): Promise<void> {
    for (const { name, suffix, value } of this.expectedSecrets) {
      // moto's way to say how the ARN ends.
      const tag = { Key: '_custom_id_', Value: suffix };
      await this.account.call('secrets-manager', 'CreateSecret', {
        Name: name,
        SecretString: JSON.stringify(value),
        Tags: [tag],
      });
    }

    this.cdk('deploy', '--require-approval', 'never');
    const names = [...new Set(this.stacks.map(({ environment }) => environment))];
    const environments = names.map((environment) => new ExampleEnvironment(this, this.account, environment));
    for (const environment of environments) {
      await environment.isDeployed();
    }
    const rules = await Promise.all(environments.map(({ account }) => account.rules()));

    const difference = this.cdk('diff', '--method', 'template');
    check(
      `${this.name}: no difference after the deployment`,
      /Number of stacks with differences: 0/.test(difference),
      difference,
    );
    const again = this.cdk('deploy', '--require-approval', 'never');
    checkEqual(
      `${this.name}: nothing to do at the second deployment`,
      again.match(/\(no changes\)/g)?.length,
      this.stacks.length,
    );
    checkEqual(
      `${this.name}: the rules are those of the first deployment`,
      await Promise.all(environments.map(({ account }) => account.rules())),
      rules,
    );

    this.cdk('destroy', '--force');
    for (const environment of environments) {
      await environment.isDestroyed();
    }
    for (const { name } of this.expectedSecrets) {
      // It is an error if the example took the secret with it.
      await this.account.call('secrets-manager', 'DeleteSecret', { SecretId: name, ForceDeleteWithoutRecovery: true });
    }
  }

  private get expectedSecrets(): (typeof DOCKER_HUB)[] {
    return EXPECTED_SECRETS[this.name] ?? [];
  }

  private cdk(...args: string[]): string {
    return this.account.cdk([...args, '--all', '--app', this.assembly], this.directory);
  }
}

/** What an example has in one region of one account. */
class ExampleEnvironment {
  public readonly account: Account;
  private readonly stacks: SynthesizedStack[];
  private readonly name: string;
  private readonly title: string;

  constructor(example: Example, account: Account, environment: string) {
    this.account = regionOf(account, environment);
    this.stacks = example.stacks.filter((stack) => stack.environment === environment);
    this.name = example.name;
    this.title = `${example.name} in ${environment}`;
  }

  public async isDeployed(): Promise<void> {
    const deployed: any[] = [];
    for (const { name, template } of this.stacks) {
      const { StackResources } = await this.account.call('cloudformation', 'DescribeStackResources', {
        StackName: name,
      });
      const expected = Object.keys(template.Resources ?? {}).sort();
      checkEqual(
        `${this.title}: ${expected.length} resources of ${name}`,
        StackResources.map((resource: any) => resource.LogicalResourceId).sort(),
        expected,
      );
      deployed.push(...StackResources);
    }
    await this.hasRules();
    const templates = this.ofType('AWS::ECR::RepositoryCreationTemplate')
      .map(({ Prefix }) => Prefix)
      .sort();
    checkEqual(
      `${this.title}: ${templates.length} templates`,
      (await this.account.templates()).map(({ prefix }) => prefix).sort(),
      templates,
    );
    const sids = this.ofType('AWS::ECR::RegistryPolicy').flatMap(({ PolicyText }) =>
      PolicyText.Statement.map(({ Sid }: any) => Sid),
    );
    checkEqual(
      `${this.title}: ${sids.length} statements in the policy of the registry`,
      await this.registryStatements(),
      sids,
    );
    const ids = (type: string) =>
      deployed.filter(({ ResourceType }) => ResourceType === type).map(({ PhysicalResourceId }) => PhysicalResourceId);
    await this.mayPull([
      ...(await this.ofTasks(ids('AWS::ECS::TaskDefinition'))),
      ...(await this.ofJobs(ids('AWS::Batch::JobDefinition'))),
      ...(ids('Custom::AWSCDK-EKS-KubernetesResource').length === 0 ? [] : this.ofNodes()),
    ]);
  }

  public async isDestroyed(): Promise<void> {
    checkEqual(
      `${this.title}: no rule, no template and no policy is left`,
      [await this.account.rules(), await this.account.templates(), await this.registryStatements()],
      [[], [], []],
    );
    const { SecretList } = await this.account.call('secrets-manager', 'ListSecrets');
    const names: string[] = SecretList.map(({ Name }: any) => Name);
    const made = this.resources('AWS::SecretsManager::Secret');
    const nameOf = ({ Properties }: any): string => Properties.Name;
    const kept = made.filter(({ DeletionPolicy }) => DeletionPolicy === 'RetainExceptOnCreate').map(nameOf);
    checkEqual(
      `${this.title}: of its ${made.length} secrets, ${kept.length} are left, which are to stay`,
      made.map(nameOf).filter((name) => names.includes(name)),
      kept,
    );
    for (const SecretId of kept) {
      await this.account.call('secrets-manager', 'DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true });
    }
  }

  private async hasRules(): Promise<void> {
    const rules = await this.account.rules();
    const wanted = [
      ...this.ofType('AWS::ECR::PullThroughCacheRule'),
      ...this.ofType('Custom::PullThroughCacheRule'),
    ].map((rule) => `${rule.EcrRepositoryPrefix} ${rule.UpstreamRegistryUrl}`);
    checkEqual(
      `${this.title}: ${wanted.length} rules`,
      rules.map((rule) => `${rule.ecrRepositoryPrefix} ${rule.upstreamRegistryUrl}`).sort(),
      wanted.sort(),
    );
    for (const { ecrRepositoryPrefix, credentialArn, customRoleArn } of rules) {
      if (credentialArn) {
        const value = await this.account.secretValue(credentialArn);
        check(
          `${this.title}: the secret of ${ecrRepositoryPrefix} has the keys that ECR reads`,
          typeof value.username === 'string' &&
            typeof value.accessToken === 'string' &&
            value.accessToken !== '' &&
            !value.accessToken.includes('resolve:'),
          Object.keys(value),
        );
      }
      if (customRoleArn) {
        const role = await this.account.role(customRoleArn.split('/').pop()!);
        check(
          `${this.title}: the role of ${ecrRepositoryPrefix} is for ECR`,
          role.trust.includes('pullthroughcache.ecr.amazonaws.com'),
          role,
        );
      }
    }
  }

  /** The images of deployed workloads, put to a simulation of IAM with the policies of the deployed roles. */
  private async mayPull(pulls: Pull[]): Promise<void> {
    for (const { image, roleArn, wholeRules } of pulls) {
      const [, id, region, repository] =
        /^(\d{12})\.dkr\.ecr\.([^.]+)\.amazonaws\.com\/(.+?)(?:[:@]|$)/.exec(image) ??
        fail(`${image} is not in a registry of ECR`);
      const role = await this.account.role(roleArn.split('/').pop()!);
      const owner = this.account.at(id, region);
      const registry = await owner.registryPolicies();
      const mayPull = async (name: string) => {
        const resource = `arn:aws:ecr:${region}:${id}:repository/${name}`;
        const template = await owner.templateFor(name);
        const resourcePolicies = [
          ...registry,
          ...(template?.repositoryPolicy ? [repositoryPolicy(template.repositoryPolicy, resource)] : []),
        ];
        const question = {
          principal: role.arn,
          identityPolicies: role.policies,
          resource,
          resourceAccount: id,
          resourcePolicies,
          context: { 'aws:PrincipalOrgID': 'o-exampleorg1' },
        };
        const actions = BUILT.test(repository) ? CACHED_PULL : FIRST_PULL;
        const answers = await Promise.all(actions.map((action) => ask({ ...question, action })));
        return answers.every((answer) => answer === 'Allowed');
      };
      check(
        `${this.title}: the deployed role may pull ${repository}${BUILT.test(repository) ? '' : ' for the first time'}`,
        await mayPull(repository),
        role,
      );
      // Charts add to the ends of names, so that their nodes may pull what begins with one.
      const other = wholeRules ? `other/${repository}` : repository.replace(/([^/]+)$/, 'other-$1');
      check(`${this.title}: it may not pull ${other}`, !(await mayPull(other)), role);
    }
  }

  private async ofTasks(definitions: string[]): Promise<Pull[]> {
    const answers = await Promise.all(
      definitions.map((taskDefinition) => this.account.call('ecs', 'DescribeTaskDefinition', { taskDefinition })),
    );
    return answers.flatMap(({ taskDefinition: { containerDefinitions, executionRoleArn: roleArn } }) =>
      containerDefinitions.map(({ image }: any) => ({ image, roleArn })),
    );
  }

  private async ofJobs(definitions: string[]): Promise<Pull[]> {
    if (definitions.length === 0) {
      return [];
    }
    const { jobDefinitions } = await this.account.call('batch', 'DescribeJobDefinitions', {
      jobDefinitions: definitions,
    });
    return jobDefinitions.map(({ containerProperties: { image, executionRoleArn: roleArn } }: any) => ({
      image,
      roleArn,
    }));
  }

  private ofNodes(): Pull[] {
    const roleArn = `arn:aws:iam::${this.account.id}:role/${NODES.role}`;
    const registry = `${this.account.id}.dkr.ecr.${this.account.region}.amazonaws.com`;
    return NODES.repositories.map((repository) => ({
      image: `${registry}/${repository}`,
      roleArn,
      wholeRules: WHOLE_RULES.includes(this.name),
    }));
  }

  private async registryStatements(): Promise<string[]> {
    return (await this.account.registryPolicies()).flatMap((policy) => policy.Statement.map(({ Sid }: any) => Sid));
  }

  /** The properties of the resources of a type. */
  private ofType(type: string): any[] {
    return this.resources(type).map(({ Properties }) => Properties);
  }

  private resources(type: string): any[] {
    const all: any[] = this.stacks.flatMap(({ template }) => Object.values(template.Resources ?? {}));
    return all.filter(({ Type }) => Type === type);
  }
}

interface Pull {
  readonly image: string;
  readonly roleArn: string;
  /** Whether the role may pull all images of the rules, and not only this one. */
  readonly wholeRules?: boolean;
}
