import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RegistryPolicy,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { Construct } from 'constructs';

/**
 * One registry as the code of an app may declare it over time; each version is synthesized into a directory of its own.
 *
 *     tsx apps/updates.ts <directory>
 */
interface Version {
  /** Where a construct stands. */
  readonly place?: (stack: Stack, part: string) => Construct;
  /** What a construct is called. */
  readonly rename?: (id: string) => string;
  /** Whether the last is declared first. */
  readonly backwards?: boolean;
  readonly chainguard?: boolean;
  readonly lifecycleDays?: number;
  readonly hubUser?: string;
  readonly hubCredentials?: UpstreamCredentials;
  readonly withoutHub?: boolean;
  readonly gitHubUser?: string;
  readonly otherRole?: boolean;
  readonly withoutEcr?: boolean;
  readonly quay?: { prefix?: string; upstreamPrefix?: string };
  readonly logicalIdFromPrefix?: boolean;
}

function declare(stack: Stack, version: Version): void {
  const { place = () => stack, rename = (id) => id } = version;
  const at = (part: string) => place(stack, part);
  const puller = new Role(stack, 'Puller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

  const parts: (() => void)[] = [
    () => {
      if (version.withoutHub) {
        return;
      }
      const hub = new PullThroughCacheRule(at('Hub'), rename('DockerHub'), {
        upstream: UpstreamRegistry.dockerHub(
          version.hubCredentials ?? UpstreamCredentials.placeholder({ username: version.hubUser }),
        ),
        repositories: {
          lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(version.lifecycleDays ?? 30))],
          resourceTags: { team: 'platform' },
        },
        logicalIdFromPrefix: version.logicalIdFromPrefix,
      });
      hub.grants.pull(puller);
    },
    () =>
      new PullThroughCacheRule(at('GitHub'), rename('GitHub'), {
        upstream: UpstreamRegistry.github(
          UpstreamCredentials.newSecret({
            username: version.gitHubUser ?? 'octocat',
            accessToken: SecretValue.secretsManager('github/read-packages', { jsonField: 'token' }),
          }),
        ),
      }),
    () => {
      if (version.withoutEcr) {
        return;
      }
      const role = version.otherRole ? makeRole(stack) : undefined;
      new PullThroughCacheRule(at('Ecr'), rename('SharedEcr'), {
        upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1', role }),
      });
    },
    () => {
      const quay = new PullThroughCacheRule(at('Quay'), rename('Quay'), {
        upstream: UpstreamRegistry.quay(),
        ecrRepositoryPrefix: version.quay?.prefix,
        upstreamRepositoryPrefix: version.quay?.upstreamPrefix,
        logicalIdFromPrefix: version.logicalIdFromPrefix,
      });
      quay.allowPullFrom(new AccountPrincipal('444455556666'));
    },
    () =>
      new PullThroughCache(at('Cache'), rename('Cache'), {
        upstreams: [UpstreamRegistry.ecrPublic(), UpstreamRegistry.kubernetes()],
        repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(90))] },
        outputPrefixes: true,
      }).grants.pull(puller),
    () =>
      new RepositoryCreationTemplate(at('Defaults'), rename('Defaults'), {
        prefix: RepositoryCreationTemplate.ROOT,
        resourceTags: { made: 'by a pull' },
      }),
  ];
  new RegistryPolicy(at('Policy'), rename('Policy'));
  if (version.chainguard) {
    parts.push(
      () =>
        new PullThroughCacheRule(at('Chainguard'), rename('Chainguard'), {
          upstream: UpstreamRegistry.chainguard(UpstreamCredentials.placeholder()),
        }),
    );
  }
  (version.backwards ? parts.reverse() : parts).forEach((part) => part());
}

function makeRole(stack: Stack): Role {
  return new Role(stack, 'OtherRole', {
    assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com'),
    inlinePolicies: {
      Copy: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage'], resources: ['*'] }),
        ],
      }),
    },
  });
}

function group(scope: Construct, ...ids: string[]): Construct {
  return ids.reduce<Construct>(
    (parent, id) => (parent.node.tryFindChild(id) as Construct | undefined) ?? new Construct(parent, id),
    scope,
  );
}

const VERSIONS: Record<string, Version> = {
  first: {},
  moved: { place: (stack) => group(stack, 'Platform', 'Registries') },
  renamed: { place: (stack) => group(stack, 'Platform', 'Registries'), rename: (id) => `Our${id}` },
  split: {
    place: (stack, part) => group(stack, /^(Hub|GitHub|Quay)$/.test(part) ? 'Public' : 'Internal', `${part}Component`),
    backwards: true,
  },
  'rule-added': { chainguard: true },
  'rule-removed': {},
  'placeholder-user': { hubUser: 'bob' },
  'github-user': { gitHubUser: 'hubot' },
  lifecycle: { lifecycleDays: 7 },
  prefix: { quay: { prefix: 'quay-io' } },

  credential: { hubCredentials: UpstreamCredentials.fromSecretName('second') },
  'without-hub': { withoutHub: true },
  role: { otherRole: true },
  'without-ecr': { withoutEcr: true },
  'upstream-prefix': { quay: { upstreamPrefix: 'prometheus' } },
  'second-prefix': { quay: { prefix: 'prometheus', upstreamPrefix: 'prometheus' } },

  'cdk-ids': { logicalIdFromPrefix: false },
};

const directory = process.argv[2];
for (const [name, version] of Object.entries(VERSIONS)) {
  const app = new App({ outdir: `${directory}/${name}` });
  declare(new Stack(app, 'Registry', { env: { account: '111122223333', region: 'eu-west-1' } }), version);
  app.synth();
}
