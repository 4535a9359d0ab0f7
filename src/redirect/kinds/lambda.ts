import { plainSlot } from '../locate/plain-slots';
import type { WorkloadKind } from '../workload';

const NOTICE = 'AWS Lambda does not pull through the cache; copy the image into a repository of your own';

/** Lambda functions, which can be made only of an image that is in a repository already. Reported, not changed. */
export const LAMBDA: WorkloadKind = {
  resourceTypes: ['AWS::Lambda::Function'],
  read: ({ resource, properties }) => {
    const image = properties.values.Code?.ImageUri;
    return {
      slots: image === undefined ? [] : [plainSlot(resource, 'Code.ImageUri', image, NOTICE)],
      pullers: () => ({ unknown: NOTICE }),
    };
  },
};
