import { plainSlot } from '../locate/plain-slots';
import type { WorkloadKind } from '../workload';

const NOTICE =
  'App Runner pulls from ECR only with an access role, which the service is made with: ' +
  'use the image of the cache and a role that may pull it, with the repository type ECR';

/** App Runner services. What they pull with is fixed when they are made, so that they are reported and not changed. */
export const APP_RUNNER: WorkloadKind = {
  resourceTypes: ['AWS::AppRunner::Service'],
  read: ({ resource, properties }) => {
    const image = properties.values.SourceConfiguration?.ImageRepository;
    return {
      slots: image
        ? [plainSlot(resource, 'SourceConfiguration.ImageRepository.ImageIdentifier', image.ImageIdentifier, NOTICE)]
        : [],
      pullers: () => ({ unknown: NOTICE }),
    };
  },
};
