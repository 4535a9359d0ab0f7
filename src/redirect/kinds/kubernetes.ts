import { JsonText } from '../locate/json-text';
import { manifestSlots } from '../locate/manifest-images';
import { patchSlots } from '../locate/patch-images';
import type { Json } from '../rendered-properties';
import type { ImageSlot, WorkloadKind } from '../workload';

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
    places: [
      {
        resourceType,
        paths: documents.map((property) => `${property}: ${images}`),
        puller: 'the nodes of the cluster',
      },
    ],
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

/** Kubernetes manifests that CDK applies to an EKS cluster. */
export const KUBERNETES = kubectlKind({
  resourceType: 'Custom::AWSCDK-EKS-KubernetesResource',
  documents: ['Manifest'],
  images: 'containers, image volumes, and the images of the operators that are known',
  slotsOf: manifestSlots,
});

/** Patches that CDK applies to what is in an EKS cluster already, and those for when they are removed. */
export const KUBERNETES_PATCH = kubectlKind({
  resourceType: 'Custom::AWSCDK-EKS-KubernetesPatch',
  documents: ['ApplyPatchJson', 'RestorePatchJson'],
  images: 'as in a manifest',
  slotsOf: (patch, property, { ResourceName: name, PatchType: type }) => patchSlots(patch, property, { name, type }),
});
