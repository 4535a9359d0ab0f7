import { chartSlots } from '../locate/chart-images';
import { JsonText } from '../locate/json-text';
import type { ImageSlot, WorkloadKind } from '../workload';

const SEES_ALL = 'an admission policy of the cache sees every image that the chart makes';
const NONE_NAMED =
  'the values name no image, and the images of the chart are not seen: name them there with their hosts; ' + SEES_ALL;
const SOME_NAMED = `the values do not name them, if there are any; ${SEES_ALL}`;

/** What values do not say is not guessed; but an empty report would look as if every image went through the cache. */
function unnamed(slots: ImageSlot[]): ImageSlot {
  return {
    place: 'Values',
    image: '(images that only the chart names)',
    leave: slots.length === 0 ? NONE_NAMED : SOME_NAMED,
    write: () => {},
  };
}

/** The values of Helm charts that CDK installs on an EKS cluster. */
export const HELM: WorkloadKind = {
  resourceType: 'Custom::AWSCDK-EKS-HelmChart',
  places: [
    {
      resourceType: 'Custom::AWSCDK-EKS-HelmChart',
      paths: ['Values: registries, and whole names with their hosts'],
      puller: 'the nodes of the cluster',
      reason: SOME_NAMED,
    },
  ],
  notSearched: ['Values'],
  read: ({ properties }) => {
    const { values } = properties;
    const { Values: text = '{}', Chart: chart, Repository: repository } = values;
    const document = JsonText.parse(text, properties);
    const isOfBitnami = [chart, repository].some((origin) => /bitnami/i.test(String(origin)));
    const slots = document
      ? chartSlots(document.document, isOfBitnami)
      : [{ place: 'Values', image: text, write: () => {} }];
    return {
      slots: [...slots, unnamed(slots)],
      puller: () => ({ nodesOf: values.ClusterName }),
      save: () => properties.set(values, 'Values', document!.toString()),
      waits: true,
    };
  },
};
