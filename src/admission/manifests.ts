import {
  ImageExpressions,
  imageVariables,
  NOT_A_MIRROR_POD,
  NOTHING_ESCAPES,
  REPORT_MESSAGE,
  reportVariables,
  rewrittenPod,
} from './cel';

/** An object of Kubernetes. */
export type Manifest = { [key: string]: any };

/** A selector of Kubernetes, by labels. */
export interface LabelSelector {
  readonly matchExpressions: { readonly key: string; readonly operator: string; readonly values?: string[] }[];
}

/** What a policy looks at and does, whoever evaluates it. */
export interface PolicyContent extends ImageExpressions {
  readonly name: string;
  readonly failurePolicy: string;
  readonly pods?: LabelSelector;
  readonly namespaces?: LabelSelector;
}

/** Pods that are made or changed, and what `kubectl debug` adds to them. */
function matchedPods({ pods }: PolicyContent, more: Manifest = {}): Manifest {
  const rule = (operations: string[], resource: string) => ({
    apiGroups: [''],
    apiVersions: ['v1'],
    operations,
    resources: [resource],
  });
  return {
    resourceRules: [rule(['CREATE', 'UPDATE'], 'pods'), rule(['UPDATE'], 'pods/ephemeralcontainers')],
    ...(pods && { objectSelector: pods }),
    ...more,
  };
}

const MATCH_CONDITIONS = [{ name: 'not-a-mirror-pod', expression: NOT_A_MIRROR_POD }];

/** What Kubernetes' own mutating policy and that of Kyverno have in common. */
function mutation(content: PolicyContent): Manifest {
  return {
    matchConditions: MATCH_CONDITIONS,
    variables: imageVariables(content),
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: rewrittenPod() } }],
  };
}

/** The binding of a policy: where it acts. */
function binding(apiVersion: string, kind: string, content: PolicyContent, more: Manifest = {}): Manifest {
  return {
    apiVersion,
    kind,
    metadata: { name: content.name },
    spec: {
      policyName: content.name,
      ...more,
      ...(content.namespaces && { matchResources: { namespaceSelector: content.namespaces } }),
    },
  };
}

/** `MutatingAdmissionPolicy` and its binding, which the API server evaluates itself. */
export function kubernetesManifests(apiVersion: string, content: PolicyContent): Manifest[] {
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: content.name },
      spec: {
        failurePolicy: content.failurePolicy,
        // Once more after webhooks, which add sidecars.
        reinvocationPolicy: 'IfNeeded',
        matchConstraints: matchedPods(content),
        ...mutation(content),
      },
    },
    binding(apiVersion, 'MutatingAdmissionPolicyBinding', content),
  ];
}

/** Kyverno's `MutatingPolicy`, which needs no binding. */
export function kyvernoManifests(apiVersion: string, content: PolicyContent): Manifest[] {
  return [
    {
      apiVersion,
      kind: 'MutatingPolicy',
      metadata: { name: content.name },
      spec: {
        failurePolicy: content.failurePolicy,
        reinvocationPolicy: 'IfNeeded',
        // Pods, and not what makes them: so what people declared stays as it is.
        evaluation: { admission: { enabled: true }, mutateExisting: { enabled: false } },
        autogen: { podControllers: { controllers: [] } },
        matchConstraints: matchedPods(content, content.namespaces && { namespaceSelector: content.namespaces }),
        ...mutation(content),
      },
    },
  ];
}

/** `ValidatingAdmissionPolicy` and its binding: they tell of images, and throwIfAny none. */
export function reportManifests(content: PolicyContent, validationActions: string[]): Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const report = { ...content, name: `${content.name}-report` };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: report.name },
      spec: {
        failurePolicy: 'Ignore',
        matchConstraints: matchedPods(report),
        matchConditions: MATCH_CONDITIONS,
        variables: [...imageVariables(report), ...reportVariables(report)],
        validations: [
          {
            expression: NOTHING_ESCAPES,
            message: 'images are not pulled through the cache',
            messageExpression: REPORT_MESSAGE,
          },
        ],
      },
    },
    binding(apiVersion, 'ValidatingAdmissionPolicyBinding', report, { validationActions }),
  ];
}
