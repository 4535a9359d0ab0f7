import { JsonText } from '../locate/json-text';
import { ELSEWHERE, manifestSlots } from '../locate/manifest-images';
import { OperatorImages, OPERATORS } from '../locate/operator-images';
import { patchSlots } from '../locate/patch-images';
import type { Json } from '../rendered-properties';
import type { DocumentedPlace, ImageSlot, WorkloadKind } from '../workload';

const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource';

const NODES = 'the nodes of the cluster';

/** What `kubectl` is given, and who reads it. */
interface KubectlDocuments {
  readonly resourceType: string;
  /** The properties that hold a document each. */
  readonly documents: string[];
  /** What is looked for in them, for the documentation. */
  readonly images: string;
  readonly slotsOf: (document: Json, property: string, values: Json) => ImageSlot[];
}

function kubectlKind({ resourceType, documents, images, slotsOf }: KubectlDocuments): WorkloadKind {
  return {
    resourceType,
    places: [{ resourceType, paths: documents.map((property) => `${property}: ${images}`), puller: NODES }],
    notSearched: documents,
    read: ({ properties }) => {
      const { values } = properties;
      const texts = documents.map((property) => ({ property, text: JsonText.parse(values[property], properties) }));
      return {
        slots: texts.flatMap(({ property, text }) =>
          text
            ? slotsOf(text.document, property, values)
            : [{ place: property, image: values[property], write: () => {} }],
        ),
        puller: () => ({ nodesOf: values.ClusterName }),
        save: () => texts.forEach(({ property, text }) => text && properties.set(values, property, text.toString())),
        waits: true,
      };
    },
  };
}

const MANIFESTS = kubectlKind({
  resourceType: MANIFEST,
  documents: ['Manifest'],
  images: 'containers and image volumes, wherever the specification of a pod is',
  slotsOf: manifestSlots,
});

/** Kubernetes manifests that CDK applies to an EKS cluster. */
export const KUBERNETES: WorkloadKind = {
  ...MANIFESTS,
  places: [...MANIFESTS.places, ...OPERATORS.flatMap(documentedPlaces)],
};

/** Patches that CDK applies to what is in an EKS cluster already, and those for when they are removed. */
export const KUBERNETES_PATCH = kubectlKind({
  resourceType: 'Custom::AWSCDK-EKS-KubernetesPatch',
  documents: ['ApplyPatchJson', 'RestorePatchJson'],
  images: 'as in a manifest; the resource of an operator by its name with its group',
  slotsOf: (patch, property, { ResourceName: name, PatchType: type }) => patchSlots(patch, property, { name, type }),
});

/** What the documentation says of an operator. */
function documentedPlaces(row: OperatorImages): DocumentedPlace[] {
  const { images = [], values = [], parameters = [], kustomize = [], left, installs } = row;
  const place = (ways: string[]) => ({
    resourceType: MANIFEST,
    paths: [`Manifest: ${ways.map((way) => `\`${way}\``).join(', ')} of ${row.kinds.join(', ')} (\`${row.group}\`)`],
  });
  const redirected = [...images, ...values, ...parameters, ...kustomize];
  return [
    ...(redirected.length > 0 ? [{ ...place(redirected), puller: NODES, reason: installs && ELSEWHERE }] : []),
    ...(left ? [{ ...place(left.paths), reason: left.reason }] : []),
  ];
}
