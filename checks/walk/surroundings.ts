import { declaredNames, isProgram, Block, inFixture } from '../docs/pages';
import { fail } from '../support/run';

/**
 * What the parts of apps in the docs take for granted, made for real: the fixture of rosetta only declares it.
 * Each is made where a part names it, and not otherwise.
 */
const VALUES: Record<string, string> = {
  cache: `new PullThroughCache(this, 'GivenCache', { upstreams: [
    UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
    UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
    UpstreamRegistry.ecrPublic(), UpstreamRegistry.kubernetes(), UpstreamRegistry.quay(),
  ] })`,
  cluster: `eks.Cluster.fromClusterAttributes(this, 'GivenCluster', {
    clusterName: 'main',
    kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(this, 'GivenKubectl', {
      functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:main-kubectl',
      kubectlRoleArn: 'arn:aws:iam::111122223333:role/main-kubectl',
      handlerRole: iam.Role.fromRoleName(this, 'GivenHandlerRole', 'main-handler'),
    }),
  })`,
  credentials: "UpstreamCredentials.fromSecretName('given')",
  key: "new kms.Key(this, 'GivenKey')",
  nodeRole: "new iam.Role(this, 'GivenNodeRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })",
  policy: `new PullThroughCache(this, 'GivenPolicyCache', { upstreams: [UpstreamRegistry.quay()] })
    .admissionPolicy({ nodeRoles: [] })`,
  role: "new iam.Role(this, 'GivenRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') })",
  rule: `new PullThroughCacheRule(this, 'GivenRule', {
    upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('given')),
    ecrRepositoryPrefix: 'given',
  })`,
  taskDefinition: "new ecs.FargateTaskDefinition(this, 'GivenTask')",
  topic: "new sns.Topic(this, 'GivenTopic')",
  // Of single pages.
  resource: `new ecr.CfnPullThroughCacheRule(this, 'GivenResource', {
    ecrRepositoryPrefix: 'by-hand', upstreamRegistryUrl: 'quay.io',
  })`,
  runner: "iam.Role.fromRoleName(this, 'GivenRunner', 'build-machines')",
  source: `pipelines.CodePipelineSource.connection('example/app', 'main', {
    connectionArn: 'arn:aws:codeconnections:eu-west-1:111122223333:connection/12345678-1234-1234-1234-123456789012',
  })`,
  version: "new CfnParameter(this, 'GivenVersion', { default: '1.27' })",
};

/** CloudFormation takes no template without a resource. */
const GIVEN = "new sns.Topic(this, 'Given');";
const ENVIRONMENT = "{ account: '111122223333', region: 'eu-west-1' }";
const RUN = `\nnew Example(new App(), 'Example');\n`;

/** A program as its reader has it, and for a part of an app also what is around it, alone. */
export interface Walked {
  readonly block: Block;
  readonly program: string;
  /** @default - the block is a whole program */
  readonly withoutIt?: string;
}

export function walked(block: Block): Walked {
  return isProgram(block)
    ? { block, program: block.text }
    : { block, program: around(block, block.text), withoutIt: around(block, '') };
}

/** A part of an app in a stack with all that the part takes for granted. */
function around(block: Block, part: string): string {
  const names = declaredNames(inFixture(block.text)).filter(
    (name) =>
      !(name in globalThis) &&
      new RegExp(`\\b${name}\\b`).test(block.text.replace(/\/\/.*$|'[^'\n]*'/gm, '')) &&
      !isMadeBy(block.text, name),
  );
  const values = names.map(
    (name) => `const ${name} = ${VALUES[name] ?? fail(`${block.page}:${block.line} takes ${name} for granted`)};`,
  );
  return (
    // What is made must not be declared too, and a part may make what is around it anew.
    inFixture(part)
      .replace(/^declare const .*\n/gm, '')
      .replace(
        'super(scope, id);',
        `super(scope, id, { env: ${ENVIRONMENT} });\n    ${[GIVEN, ...values].join('\n    ')}\n    {`,
      )
      .replace(/\n {2}\}\n\}\n*$/, `\n    }\n  }\n}\n${RUN}`)
  );
}

const isMadeBy = (part: string, name: string) => new RegExp(`^(const|let) ${name}\\b`, 'm').test(part);
