import { ImagePlaces, isGiven } from './image-places';
import { hasHost } from '../../upstream/catalogue';
import type { Json } from '../rendered-properties';

const TAKES =
  'AWS Lambda does not pull through the cache, and takes only what is there already: give the redirection the option ' +
  'prefetch, or make the function of prefetch(...).toLambdaCode()';

const ARCHITECTURE_UNKNOWN =
  'the architecture of the function, by which the image would be named, is not known at synth';

/** By the names of Lambda; x86_64 unless a function says otherwise. */
const PLATFORMS: Record<string, string> = { arm64: 'linux/arm64', x86_64: 'linux/amd64' };

/** Functions of AWS Lambda, which take no index: the image is named by the digest of their architecture. */
export const LAMBDA: ImagePlaces[] = [
  functions('AWS::Lambda::Function', 'Code'),
  {
    ...functions('AWS::Serverless::Function', ''),
    // A name that `sam build` gives to what it builds.
    ignore: (image) => typeof image === 'string' && !hasHost(image),
  },
];

function functions(resourceType: string, holder: string): ImagePlaces {
  return {
    resourceType,
    holders: [holder],
    image: 'ImageUri',
    puller: {
      find: () => ({ service: 'lambda.amazonaws.com' }),
      who: 'the service `lambda.amazonaws.com`, which the policy of the repository lets in',
    },
    leave: (_, block) => (platformOf(block) === undefined ? ARCHITECTURE_UNKNOWN : undefined),
    mustBeCached: TAKES,
    platform: platformOf,
  };
}

function platformOf({ Architectures }: Json): string | undefined {
  return PLATFORMS[isGiven(Architectures) ? Architectures[0] : 'x86_64'];
}
