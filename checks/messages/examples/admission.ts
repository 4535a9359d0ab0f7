import { Fn, Stack } from 'aws-cdk-lib';
import {
  AdmissionNamespaces,
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const ADMISSION: Explanations = {
  'AdmissionNamespaces.empty': {
    cause: 'A policy for no namespace does nothing.',
    example() {
      AdmissionNamespaces.only();
    },
  },
  'AdmissionNamespaces.name': {
    cause: 'No namespace can have this name, so that the policy would never act there.',
    example() {
      AdmissionNamespaces.only('Shop');
    },
  },
  'AdmissionPolicy.labelKey': {
    cause: 'No pod or namespace can have this label.',
    example({ cache }) {
      cache.admissionPolicy({ nodeRoles: [], excludePods: ['cnpg.io/'] });
    },
  },
  'AdmissionPolicy.labelValue': {
    cause: 'No pod or namespace can have this label.',
    example() {
      AdmissionNamespaces.labelled('ecr-cache', 'turned on');
    },
  },
  'AdmissionPolicy.name': {
    cause: 'Kubernetes refuses an object of this name.',
    example({ cache }) {
      cache.admissionPolicy({ nodeRoles: [], name: 'My Cache' });
    },
  },
  'AdmissionPolicy.noRules': {
    cause: 'A policy leaves images of ECR alone, and the cache has no other upstream.',
    example() {
      const cache = new PullThroughCache(this, 'Cache', {
        upstreams: [UpstreamRegistry.ecr({ account: '111122223333', region: 'us-east-1' })],
      });
      cache.admissionPolicy({ nodeRoles: [] });
    },
  },
  'AdmissionPolicy.reportsNowhere': {
    cause: 'With `dryRun` a policy only reports.',
    example({ cache }) {
      cache.admissionPolicy({ dryRun: true, report: [] });
    },
  },
  'AdmissionPolicy.tokens': {
    cause:
      'YAML for `kubectl` names the registry by its account and region, and CDK fills those in for CloudFormation.',
    example({ app }) {
      const cache = new PullThroughCache(new Stack(app, 'Open'), 'Cache');
      cache.admissionPolicy({ nodeRoles: [] }).toYaml();
    },
  },
  'AdmissionPolicy.unknownNodes': {
    cause: 'The policy changes images inside the cluster, where CDK does not see who pulls.',
    fix:
      'name them in nodeRoles, or give the cluster that makes them; an empty nodeRoles says that they may pull ' +
      'already',
    example({ cache }) {
      cache.admissionPolicy();
    },
  },
  'AdmissionPolicy.unknownUpstream': {
    cause: 'A rule that is known by its prefix alone does not tell of which registry it is.',
    example() {
      const cache = new PullThroughCache(this, 'Cache', {
        upstreams: [UpstreamRegistry.kubernetes()],
        existingRules: [
          PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, 'Rule', {
            ecrRepositoryPrefix: 'quay',
            upstreamRegistryUrl: Fn.importValue('Upstream'),
          }),
        ],
      });
      cache.admissionPolicy({ nodeRoles: [] });
    },
  },
};
