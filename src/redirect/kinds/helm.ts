import { pullerOfCharts } from '../kubectl-role';
import { chartSlots, SEES_ALL } from '../locate/chart-images';
import { repositorySlots } from '../locate/chart-repository';
import { JsonText } from '../locate/json-text';
import type { ImageSlot, WorkloadKind } from '../workload';

const RESOURCE_TYPE = 'Custom::AWSCDK-EKS-HelmChart';

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

/** Helm charts that CDK installs on an EKS cluster: the chart itself, and the images in its values. */
export const HELM: WorkloadKind = {
  resourceType: RESOURCE_TYPE,
  places: [
    {
      resourceType: RESOURCE_TYPE,
      paths: ['Repository: of `oci://`'],
      puller: "the role of CDK's function that runs Helm",
    },
    {
      resourceType: RESOURCE_TYPE,
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
    const charts = repositorySlots(properties);
    const slots = document
      ? chartSlots(document.document, isOfBitnami)
      : [{ place: 'Values', image: text, write: () => {} }];
    return {
      slots: [...charts, ...slots, unnamed(slots)],
      puller: (slot) =>
        charts.includes(slot)
          ? pullerOfCharts(properties.target(values.ServiceToken))
          : { nodesOf: values.ClusterName },
      save: () => {
        if (document && values.Values !== undefined) {
          properties.set(values, 'Values', document.toString());
        }
      },
      waits: true,
    };
  },
};
