import { CfnResource } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const CACHES: Explanations = {
  'PullThroughCache.empty': {
    cause: 'A cache without rules caches nothing.',
    example() {
      new PullThroughCache(this, 'Cache', { upstreams: [] });
    },
  },
  'PullThroughCache.noCredentials': {
    cause: 'The registries need none, or their rules were made elsewhere, and their credentials are not known here.',
    example({ cache }) {
      cache.verifyCredentials();
    },
  },
  'PullThroughCache.noRule': {
    cause: 'The registry is not among the upstreams of the cache. A name without a host is one of Docker Hub.',
    example({ cache }) {
      cache.image('ghcr.io/org/app:v1');
    },
  },
  'PullThroughCache.notOwned': {
    cause: 'The permission stands in the policies of the registry and the repositories, which go with the rules.',
    example() {
      const cache = new PullThroughCache(this, 'Cache', {
        existingRules: [
          PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, 'Rule', {
            ecrRepositoryPrefix: 'quay',
            upstreamRegistryUrl: 'quay.io',
          }),
        ],
      });
      cache.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    },
  },
  'PullThroughCache.samePrefix': {
    cause: 'Each rule takes the default prefix of its registry unless it is given one.',
    example() {
      const credentials = UpstreamCredentials.fromSecretName('azure');
      new PullThroughCache(this, 'Cache', {
        upstreams: [UpstreamRegistry.azure('one', credentials), UpstreamRegistry.azure('two', credentials)],
      });
    },
  },
  'PullThroughCache.twoCopies': {
    cause: 'Two packages depend on two versions of this library, and the package manager installed both.',
    noExample: 'it needs the library installed twice',
  },
  'CredentialsWatch.noCredentials': {
    cause: 'The registries need none, or their rules were made elsewhere.',
    example({ cache }) {
      cache.watchCredentials();
    },
  },
  'CredentialsWatch.secondWatch': {
    cause: 'One watch looks at all rules of a cache.',
    example() {
      const cache = new PullThroughCache(this, 'Cache', {
        upstreams: [UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub'))],
      });
      cache.watchCredentials();
      cache.watchCredentials();
    },
  },
  'CredentialsWatch.unknownPrefix': {
    cause: 'There is a metric for each rule with credentials, and none for others.',
    example() {
      const cache = new PullThroughCache(this, 'Cache', {
        upstreams: [
          UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
          UpstreamRegistry.quay(),
        ],
      });
      cache.watchCredentials().metricInvalidCredentialsOf('quay');
    },
  },
  'Redirection.late': {
    cause: 'When CDK prepares its templates, whoever pulls gets the permission. What comes later could not be pulled.',
    example({ cache }) {
      const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
      const task = new ecs.CfnTaskDefinition(this, 'Task', {
        executionRoleArn: role.roleArn,
        containerDefinitions: [{ name: 'web', image: 'quay.io/org/app:1' }],
      });
      this.node.addValidation({
        validate: () => {
          task.addPropertyOverride('ContainerDefinitions.0.Image', 'quay.io/org/app:2');
          return [];
        },
      });
      cache.redirect(this);
    },
  },
  'Redirection.notRedirected': {
    cause:
      'A redirection changes an image only where whoever pulls it can be permitted to. With `strict` this is an error.',
    example({ cache }) {
      new ecs.CfnTaskDefinition(this, 'Task', {
        executionRoleArn: 'arn:aws:iam::444455556666:role/execution',
        containerDefinitions: [{ name: 'web', image: 'quay.io/org/app:1' }],
      });
      cache.redirect(this);
    },
  },
  'Redirection.unseenNodes': {
    cause: 'A chart of Karpenter is installed, which makes nodes when pods need them.',
    example({ cache }) {
      const role = new iam.Role(this, 'NodeRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
      const cluster = new eks.CfnCluster(this, 'Cluster', {
        roleArn: 'arn:aws:iam::111122223333:role/cluster',
        resourcesVpcConfig: { subnetIds: [] },
      });
      new eks.CfnNodegroup(this, 'Nodes', { clusterName: cluster.ref, nodeRole: role.roleArn, subnets: [] });
      const chart = (id: string, name: string, values: object) =>
        new CfnResource(this, id, {
          type: 'Custom::AWSCDK-EKS-HelmChart',
          properties: { ClusterName: cluster.ref, Chart: name, Values: JSON.stringify(values) },
        });
      chart('Karpenter', 'karpenter', {});
      chart('Web', 'web', { image: { registry: 'quay.io', repository: 'org/app', tag: '1' } });
      cache.redirect(this);
    },
  },
  'Redirection.unsupported': {
    cause: 'The construct is no CloudFormation resource.',
    example({ cache }) {
      cache.redirect(this).applyTo(cache);
    },
  },
};
