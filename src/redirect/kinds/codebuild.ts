import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { plainSlot } from '../locate/plain-slots';
import type { ImageSlot, WorkloadKind } from '../workload';

/** Images of CodeBuild's own, which it does not pull from a registry of anybody's. */
const CURATED = /^aws\/codebuild\//;

/** CodeBuild projects: the image of the environment. The service role pulls, and the project must say so. */
export const CODEBUILD: WorkloadKind = {
  resourceTypes: ['AWS::CodeBuild::Project'],
  read: ({ resource, properties }) => {
    const environment = properties.values.Environment ?? {};
    const slot = plainSlot(resource, 'Environment.Image', environment.Image, leave(environment));
    const write: ImageSlot['write'] = (...image) => {
      slot.write(...image);
      resource.addPropertyOverride('Environment.ImagePullCredentialsType', 'SERVICE_ROLE');
    };
    return {
      slots: [{ ...slot, write }],
      pullers: () => {
        const l2 = resource.node.scope as { role?: IGrantable } | undefined;
        return l2?.role ? { grantees: () => [l2.role!] } : properties.role(properties.values.ServiceRole);
      },
    };
  },
};

function leave(environment: { Image?: unknown; RegistryCredential?: unknown }): string | undefined {
  if (environment.RegistryCredential) {
    return 'it is pulled with credentials of its own';
  }
  return typeof environment.Image === 'string' && CURATED.test(environment.Image)
    ? 'it is an image of CodeBuild itself'
    : undefined;
}
