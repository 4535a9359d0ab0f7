import { createRequire } from 'module';
import { parseFamiliarName } from '@swimlane/docker-reference';
import { App, Stack } from 'aws-cdk-lib';
import { ENVIRONMENT, library, numbers } from './support';

/** All of Docker Hub, in every notation, so that one prefix is right for all. */
export const references = (size: number) =>
  numbers(size).map(
    (index) =>
      [
        `nginx:1.${index}`,
        `library/nginx:1.${index}`,
        `docker.io/team-${index}/app:v${index}`,
        `org/app_${index % 1000}:2024-01`,
        `index.docker.io/org/sub.app-${index}:latest`,
      ][index % 5],
  );

/** How many there are, which are read over and over. */
const DIFFERENT = 100_000;

const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

export function byLibrary(): (reference: string) => string {
  const { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } = library();
  const rule = new PullThroughCacheRule(new Stack(new App(), 'Stack', { env: ENVIRONMENT }), 'Rule', {
    upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
  });
  return (reference) => rule.image(reference).uri;
}

export function byDockerReference(): (reference: string) => string {
  return (reference) => {
    const { repository, tag } = parseFamiliarName(reference);
    return `${HOST}/docker-hub/${repository}:${tag}`;
  };
}

export function byDockerfileAst(): (reference: string) => string {
  // Types are checked before the packages of the benchmark are there.
  const { DockerfileParser } = createRequire(__filename)('dockerfile-ast');
  return (reference) => {
    const [from] = DockerfileParser.parse(`FROM ${reference}`).getFROMs();
    const [, name] = /^(?:index\.)?docker\.io\/(.*)$/.exec(
      from.getImage()!.slice(0, -from.getImageTag()!.length - 1),
    ) ?? [undefined, from.getImageName()!];
    return `${HOST}/docker-hub/${name!.includes('/') ? name : `library/${name}`}:${from.getImageTag()}`;
  };
}

const all = (make: () => (reference: string) => string) => (size: number) => {
  const rewrite = make();
  const list = references(Math.min(size, DIFFERENT));
  let length = 0;
  for (let done = 0; done < size; done += list.length) {
    for (const reference of list) {
      length += rewrite(reference).length;
    }
  }
  // Its length is used, so that no compiler can leave the work out.
  if (length === 0) {
    throw new Error('nothing was rewritten');
  }
};

export const ours = all(byLibrary);
export const dockerReference = all(byDockerReference);
export const dockerfileAst = all(byDockerfileAst);
