import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Cluster, KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  AdmissionEngine,
  AdmissionNamespaces,
  AdmissionReport,
  PullThroughCache,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, Mistake, OTHER_ACCOUNT, OTHER_REGION, REGION, SetUp, Topic } from './mistake';
import { quayRule } from './plain';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

function clusterOf(stack: Stack) {
  return Cluster.fromClusterAttributes(stack, 'Cluster', {
    clusterName: 'main',
    kubectlProvider: KubectlProvider.fromKubectlProviderAttributes(stack, 'Kubectl', {
      serviceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:main-kubectl`,
    }),
  });
}

const nodes = (stack: Stack) => new Role(stack, 'Nodes', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

const CONTAINERS = `object.spec.containers.map(c, Object.spec.containers{
  name: c.name,
  image: c.image.replace('quay.io/', '${HOST}/quay/')
})`;

/** A policy as people write it: one host, and what stands before the path. */
const byHand = (stack: Stack, spec: object = {}, metadata: object = { name: 'cache' }) =>
  clusterOf(stack).addManifest('Policy', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: `Object{spec: Object.spec{containers: ${CONTAINERS}}}`,
          },
        },
      ],
      ...spec,
    },
  });

const applied = (stack: Stack) => {
  const policy = new PullThroughCache(stack, 'Cache').admissionPolicy({ nodeRoles: [nodes(stack)] });
  const cluster = clusterOf(stack);
  policy.manifests.forEach((manifest) => cluster.addManifest(manifest.kind, manifest));
};
const manifestHas =
  (...texts: string[]) =>
  (template: Template) =>
    texts.forEach((text) =>
      template.hasResourceProperties('Custom::AWSCDK-EKS-KubernetesResource', {
        Manifest: Match.stringLikeRegexp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
      }),
    );

const MISTAKES: Mistake[] = [
  {
    mistake: 'nodes that may not make the repositories of what a policy sends through the cache',
    plain: (stack) => {
      quayRule(stack);
      nodes(stack);
      byHand(stack);
    },
    ours: (stack) => new PullThroughCache(stack, 'Cache').admissionPolicy(),
  },
  {
    mistake: 'a policy that leaves the init containers of pods as they are',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack);
    },
    instead: applied,
    gives: 'all lists of containers, and image volumes',
    check: manifestHas(
      'initContainers: variables.initContainers',
      'ephemeralContainers: variables',
      'volumes: variables',
    ),
  },
  {
    mistake: 'a policy that changes mirror pods, which the kubelet compares',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack);
    },
    instead: applied,
    gives: 'a condition `not-a-mirror-pod`',
    check: manifestHas('kubernetes.io/config.mirror'),
  },
  {
    mistake: 'a policy that changes the pods of CloudNativePG, which makes them again and again',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack);
    },
    instead: applied,
    gives: 'a condition without `cnpg.io/cluster`',
    check: manifestHas('cnpg.io/cluster'),
  },
  {
    mistake: 'a policy that is not bound, and does nothing',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack);
    },
    instead: applied,
    gives: 'a `MutatingAdmissionPolicyBinding`',
    check: manifestHas('"kind":"MutatingAdmissionPolicyBinding"'),
  },
  {
    mistake: 'a policy whose name Kubernetes does not take',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack, {}, { name: 'My Cache' });
    },
    ours: (stack) => new PullThroughCache(stack, 'Cache').admissionPolicy({ nodeRoles: [], name: 'My Cache' }),
  },
  {
    mistake: 'a policy that leaves pods alone by a label that there cannot be',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack, {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          objectSelector: { matchExpressions: [{ key: 'cnpg.io/', operator: 'DoesNotExist' }] },
        },
      });
    },
    ours: (stack) => new PullThroughCache(stack, 'Cache').admissionPolicy({ nodeRoles: [], excludePods: ['cnpg.io/'] }),
  },
  {
    mistake: 'a policy for a cache of ECR alone, whose images are in ECR already',
    plain: (stack) => {
      quayRule(stack);
      byHand(stack);
    },
    ours: (stack) =>
      new PullThroughCache(stack, 'Cache', {
        upstreams: [UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: OTHER_REGION })],
      }).admissionPolicy({ nodeRoles: [] }),
  },
];

export const ADMISSION: Topic = { title: 'Admission policies', file: 'admission.ts', mistakes: MISTAKES };

/** Set-ups of admission policies that are right. */
export const CORRECT_ADMISSION: SetUp[] = [
  { setUp: 'an admission policy, applied to a cluster', build: applied },
  {
    setUp: 'an admission policy for Kyverno, with a report',
    build: (stack) => {
      const policy = new PullThroughCache(stack, 'Cache').admissionPolicy({
        engine: AdmissionEngine.KYVERNO,
        report: [AdmissionReport.AUDIT],
        nodeRoles: [nodes(stack)],
      });
      const cluster = clusterOf(stack);
      policy.manifests.forEach((manifest) => cluster.addManifest(manifest.kind, manifest));
    },
  },
  {
    setUp: 'an admission policy that only reports',
    build: (stack) => new PullThroughCache(stack, 'Cache').admissionPolicy({ dryRun: true }),
  },
  {
    setUp: 'an admission policy for nodes that may pull already, in namespaces that opt in',
    build: (stack) =>
      new PullThroughCache(stack, 'Cache').admissionPolicy({
        nodeRoles: [],
        namespaces: AdmissionNamespaces.labelled('ecr-cache', 'enabled'),
      }),
  },
];
