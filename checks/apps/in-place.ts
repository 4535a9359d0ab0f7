import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';

/**
 * Rules of which some are changed in place, as the code of an app may declare them over time; each version is
 * synthesized into a directory of its own.
 *
 *     tsx apps/in-place.ts <directory>
 */
interface Version {
  /** The rule for Docker Hub: whether it is changed in place and retained, and its secret. */
  readonly hub?: { inPlace?: boolean; retained?: boolean; secret?: string };
  /** The rule for an upstream of another account, and its role. */
  readonly ecr?: 'Reader' | 'OtherReader';
  /** The rule for Quay, and where it leads. */
  readonly quay?: { prefix?: string; upstreamPrefix?: string };
  /** Prefixes of rules for GitHub, with a secret. */
  readonly github?: string[];
}

function declare(stack: Stack, { hub, ecr, quay, github = [] }: Version): void {
  if (hub) {
    const rule = new PullThroughCacheRule(stack, 'DockerHub', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName(hub.secret ?? 'first')),
      repositories: { description: 'Docker Hub' },
      changeInPlace: hub.inPlace,
    });
    if (hub.retained) {
      rule.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
  }
  if (ecr) {
    new PullThroughCacheRule(stack, 'SharedEcr', {
      upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1', role: makeRole(stack, ecr) }),
      changeInPlace: true,
    });
  }
  if (quay) {
    new PullThroughCacheRule(stack, 'Quay', {
      upstream: UpstreamRegistry.quay(),
      ecrRepositoryPrefix: quay.prefix,
      upstreamRepositoryPrefix: quay.upstreamPrefix,
      changeInPlace: true,
    });
  }
  github.forEach(
    (ecrRepositoryPrefix) =>
      new PullThroughCacheRule(stack, `GitHub-${ecrRepositoryPrefix}`, {
        upstream: UpstreamRegistry.github(UpstreamCredentials.fromSecretName('first')),
        ecrRepositoryPrefix,
        changeInPlace: true,
      }),
  );
}

function makeRole(stack: Stack, id: string): Role {
  return new Role(stack, id, {
    assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com'),
    inlinePolicies: {
      Copy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: [
              'ecr:BatchGetImage',
              'ecr:BatchImportUpstreamImage',
              'ecr:CompleteLayerUpload',
              'ecr:GetAuthorizationToken',
              'ecr:GetDownloadUrlForLayer',
              'ecr:GetImageCopyStatus',
              'ecr:InitiateLayerUpload',
              'ecr:PutImage',
              'ecr:UploadLayerPart',
            ],
            resources: ['*'],
          }),
        ],
      }),
    },
  });
}

const IN_PLACE = { inPlace: true };
const ALL: Version = { hub: { ...IN_PLACE, secret: 'second' }, ecr: 'OtherReader', quay: {} };

const VERSIONS: Record<string, Version> = {
  // There and back.
  plain: { hub: {} },
  'plain-retained': { hub: { retained: true } },
  'in-place-retained': { hub: { ...IN_PLACE, retained: true } },
  'in-place': { hub: IN_PLACE },
  'in-place-second': { hub: { ...IN_PLACE, secret: 'second' } },
  'in-place-second-retained': { hub: { ...IN_PLACE, secret: 'second', retained: true } },
  'plain-second-retained': { hub: { secret: 'second', retained: true } },
  'plain-second': { hub: { secret: 'second' } },

  // Changes.
  first: { hub: IN_PLACE, ecr: 'Reader', quay: {} },
  second: { hub: { ...IN_PLACE, secret: 'second' }, ecr: 'Reader', quay: {} },
  role: ALL,
  'no-secret': { ...ALL, hub: { ...IN_PLACE, secret: 'none' } },
  'upstream-prefix': { ...ALL, quay: { upstreamPrefix: 'prometheus' } },
  prefix: { ...ALL, quay: { prefix: 'quay-io' } },
  taken: { ...ALL, quay: { prefix: 'taken' } },

  // Rules that are there before.
  'adopt-and-fail': { ...ALL, github: ['foreign', 'taken'] },
  adopt: { ...ALL, github: ['foreign'] },
};

const directory = process.argv[2];
for (const [name, version] of Object.entries(VERSIONS)) {
  const app = new App({ outdir: `${directory}/${name}` });
  declare(new Stack(app, 'InPlace', { env: { account: '111122223333', region: 'eu-west-1' } }), version);
  app.synth();
}
