import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, IConstruct, IDependable } from 'constructs';
import { AdmissionEngine } from './admission-engine';
import { AdmissionNamespaces } from './admission-namespaces';
import type { AdmissionPolicyOptions } from './admission-policy-options';
import { AdmissionFailurePolicy, AdmissionReport } from './admission-policy-options';
import type { PodLabel } from './cel';
import { ImageRule, rewritesOf } from './image-rules';
import { labelKeyProblems, labelValueProblems, objectNameProblems } from './kubernetes-names';
import { Manifest, PolicyContent, policyManifests, reportManifests } from './manifests';
import { grantToNodes } from './node-grants';
import { toYaml } from './yaml';
import { fail, Problem, throwIfAny } from '../core/errors';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { registryHost } from '../image/registry-host';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { parseEcrHost } from '../upstream/catalogue';

/** What a policy needs of a cache. */
export interface AdmissionTarget extends IConstruct {
  readonly rules: IPullThroughCacheRule[];
}

const REPORTS_NOWHERE: Problem = {
  id: 'AdmissionPolicy.reportsNowhere',
  what: 'a dry run that reports nowhere does nothing',
  allowed: 'AdmissionReport.AUDIT, AdmissionReport.WARN',
  fix: 'leave out report for the audit log, or say where',
};

/** `-report` follows it. */
const LONGEST_NAME = 253 - '-report'.length;

/**
 * An admission policy of Kubernetes that sends the images of pods through a cache. Made by `admissionPolicy()` of a
 * `PullThroughCache`.
 *
 * It changes the images of containers, init containers, ephemeral containers and image volumes that the rules of the
 * cache cover, when a pod is made, when an image of it is changed, and after webhooks that add sidecars. Images in
 * private registries of ECR are left alone, and so are static pods.
 *
 * @example
 * const admission = cache.admissionPolicy({ nodeRoles: [nodeRole] });
 * for (const manifest of admission.manifests) {
 *   cluster.addManifest(manifest.kind, manifest).node.addDependency(admission);
 * }
 */
export class AdmissionPolicy implements IDependable {
  /**
   * Labels of pods that operators make again when their images are changed: those of CloudNativePG.
   *
   * @see https://github.com/cloudnative-pg/cloudnative-pg/issues/9503
   */
  public static readonly OPERATOR_PODS: string[] = ['cnpg.io/cluster'];

  /** @internal */
  public static _of(cache: AdmissionTarget, options: AdmissionPolicyOptions): AdmissionPolicy {
    return new AdmissionPolicy(cache, options);
  }

  private readonly objects: Manifest[];

  private constructor(
    private readonly cache: AdmissionTarget,
    options: AdmissionPolicyOptions,
  ) {
    const { name = 'ecr-pull-through-cache', excludePods = AdmissionPolicy.OPERATOR_PODS, dryRun = false } = options;
    throwIfAny(
      [
        ...objectNameProblems('policy', name, LONGEST_NAME),
        ...excludePods.flatMap(podLabelProblems),
        ...(dryRun && options.report?.length === 0 ? [REPORTS_NOWHERE] : []),
      ],
      cache.node.path,
    );
    const rules = usableRules(cache);
    const content: PolicyContent = {
      name,
      failurePolicy: options.failurePolicy ?? AdmissionFailurePolicy.IGNORE,
      namespaces: (options.namespaces ?? AdmissionNamespaces.allExcept('kube-system'))._selector,
      leftAlone: excludePods.map(keyAndValue),
      rewrites: rewritesOf(rules.map(imageRule)),
      only: options.only,
      exclude: options.exclude,
    };
    const report = options.report ?? (dryRun ? [AdmissionReport.AUDIT] : []);
    this.objects = [
      ...(dryRun ? [] : policyManifests(options.engine ?? AdmissionEngine.KUBERNETES, content)),
      ...(report.length === 0 ? [] : reportManifests(content, [...new Set(report)])),
    ];
    const nodeRoles = dryRun ? [] : grantToNodes(cache, rules, options);
    Dependable.implement(this, {
      get dependencyRoots() {
        // The policies of a role stand below it.
        return [...rules, ...nodeRoles.filter(isConstruct)];
      },
    });
  }

  /**
   * The objects of Kubernetes, each of another kind: for `cluster.addManifest` of Amazon EKS and for `ApiObject` of
   * cdk8s. Give each a manifest of its own: CDK's handler does not take out of a cluster what goes from a
   * manifest of several objects. They should come after the rules and the permissions of the nodes, of which the
   * policy is a dependency.
   *
   * Where the account or the region of a rule is not known at synth, they hold CDK tokens.
   *
   * @example
   * for (const manifest of policy.manifests) {
   *   cluster.addManifest(manifest.kind, manifest).node.addDependency(policy);
   * }
   */
  public get manifests(): { [key: string]: any }[] {
    return JSON.parse(JSON.stringify(this.objects));
  }

  /**
   * Gives the manifests as YAML, for `kubectl apply` and for tools that watch a Git repository.
   *
   * Throws if the account or the region of a rule is not known at synth.
   */
  public toYaml(): string {
    const text = toYaml(this.objects);
    if (holdsToken(text)) {
      fail(
        {
          id: 'AdmissionPolicy.tokens',
          what: 'the manifests hold CDK tokens, whose values are not known at synth',
          fix:
            'give the stack of the cache an account and a region, ' +
            'or give manifests to cluster.addManifest, which resolves tokens',
        },
        this.cache.node.path,
      );
    }
    return text;
  }
}

function isConstruct(role: IGrantable): role is IGrantable & IConstruct {
  return Construct.isConstruct(role);
}

/** The rules that say which images they cache. Those for ECR are of no use here: images in ECR are left alone. */
function usableRules(cache: AdmissionTarget): IPullThroughCacheRule[] {
  const isKnown = ({ upstreamRegistryUrl: url, upstreamRepositoryPrefix: prefix }: IPullThroughCacheRule) =>
    url !== undefined && !holdsToken(url) && !holdsToken(prefix);
  cache.rules
    .filter((rule) => !isKnown(rule))
    .forEach((rule) =>
      warn(
        cache,
        'AdmissionPolicy.unknownUpstream',
        `the rule ${rule.node.path} is not in the admission policy: which images it caches is not known at synth; ` +
          'give it an upstream and an upstreamRepositoryPrefix that are no tokens',
      ),
    );
  const rules = cache.rules.filter((rule) => isKnown(rule) && !parseEcrHost(rule.upstreamRegistryUrl!));
  if (rules.length === 0) {
    fail(
      {
        id: 'AdmissionPolicy.noRules',
        what: 'no rule of the cache is of use to an admission policy',
        allowed: 'rules for registries other than ECR, which are known at synth',
        fix: 'add such an upstream to the cache',
      },
      cache.node.path,
    );
  }
  return rules;
}

function imageRule(rule: IPullThroughCacheRule): ImageRule {
  return {
    registry: registryHost(rule, rule.env),
    ecrRepositoryPrefix: rule.ecrRepositoryPrefix,
    upstreamRegistryUrl: rule.upstreamRegistryUrl!,
    upstreamRepositoryPrefix: rule.upstreamRepositoryPrefix,
  };
}

function podLabelProblems(label: string): Problem[] {
  const { key, value } = keyAndValue(label);
  return [...labelKeyProblems('pod label', key), ...labelValueProblems('pod label', value ?? '')];
}

function keyAndValue(label: string): PodLabel {
  const [key, value] = label.split('=', 2);
  return { key, value };
}
