import { AdmissionEngine } from './admission-engine';
import type { LabelSelector } from './admission-namespaces';
import {
  ImageExpressions,
  imageVariables,
  podConditions,
  PodLabel,
  NOTHING_ESCAPES,
  REPORT_MESSAGE,
  reportVariables,
  rewrittenPod,
} from './cel';

/** An object of Kubernetes. */
export type Manifest = { [key: string]: any };

/** What a policy looks at and does, whoever evaluates it. */
export interface PolicyContent extends ImageExpressions {
  readonly name: string;
  readonly failurePolicy: string;
  /** Labels of pods that stay as they are. */
  readonly leftAlone: PodLabel[];
  readonly namespaces?: LabelSelector;
}

/** Pods that are made or changed, and what `kubectl debug` adds to them. */
function matchedPods(more: Manifest = {}): Manifest {
  const rule = (operations: string[], resource: string) => ({
    apiGroups: [''],
    apiVersions: ['v1'],
    operations,
    resources: [resource],
  });
  return {
    resourceRules: [rule(['CREATE', 'UPDATE'], 'pods'), rule(['UPDATE'], 'pods/ephemeralcontainers')],
    ...more,
  };
}

/** What Kubernetes' own mutating policy and that of Kyverno have in common. */
function mutation(content: PolicyContent): Manifest {
  return {
    matchConditions: podConditions(content.leftAlone),
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

/** The policy that changes images, for an engine. */
export function policyManifests(engine: AdmissionEngine, content: PolicyContent): Manifest[] {
  return engine === AdmissionEngine.KYVERNO ? kyvernoManifests(engine, content) : kubernetesManifests(engine, content);
}

/** `MutatingAdmissionPolicy` and its binding, which the API server evaluates itself. */
function kubernetesManifests(engine: AdmissionEngine, content: PolicyContent): Manifest[] {
  return [
    mutatingPolicy(engine, content, { matchConstraints: matchedPods() }),
    binding(engine._apiVersion, `${engine._kind}Binding`, content),
  ];
}

/** Kyverno's `MutatingPolicy`, which needs no binding. */
function kyvernoManifests(engine: AdmissionEngine, content: PolicyContent): Manifest[] {
  return [
    mutatingPolicy(engine, content, {
      // Pods, and not what makes them: so what people declared stays as it is.
      evaluation: { admission: { enabled: true }, mutateExisting: { enabled: false } },
      autogen: { podControllers: { controllers: [] } },
      matchConstraints: matchedPods(content.namespaces && { namespaceSelector: content.namespaces }),
    }),
  ];
}

function mutatingPolicy(engine: AdmissionEngine, content: PolicyContent, matching: Record<string, unknown>): Manifest {
  return {
    apiVersion: engine._apiVersion,
    kind: engine._kind,
    metadata: { name: content.name },
    spec: {
      failurePolicy: content.failurePolicy,
      // Once more after webhooks, which add sidecars.
      reinvocationPolicy: 'IfNeeded',
      ...matching,
      ...mutation(content),
    },
  };
}

/** `ValidatingAdmissionPolicy` and its binding: they tell of images, and refuse none. */
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
        matchConstraints: matchedPods(),
        matchConditions: podConditions(report.leftAlone),
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
