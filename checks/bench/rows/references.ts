import { strictEqual } from 'assert';
import { createRequire } from 'module';
import { parseFamiliarName } from '@swimlane/docker-reference';
import { App, Stack } from 'aws-cdk-lib';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { count, ENVIRONMENT } from '../apps';
import { alternate, Comparison, QUICK } from '../measure';
import { digits, report, show } from '../result';

// Types are checked before the packages of the benchmark are there.
const { DockerfileParser } = createRequire(__filename)('dockerfile-ast');

/** All of Docker Hub, in every notation, so that one prefix is right for all. */
const references = count(QUICK ? 10 : 100_000).map(
  (index) =>
    [
      `nginx:1.${index}`,
      `library/nginx:1.${index}`,
      `docker.io/team-${index}/app:v${index}`,
      `org/app_${index % 1000}:2024-01`,
      `index.docker.io/org/sub.app-${index}:latest`,
    ][index % 5],
);
const ROUNDS = 10;

const rule = new PullThroughCacheRule(new Stack(new App(), 'Stack', { env: ENVIRONMENT }), 'Rule', {
  upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
});
const HOST = rule.image('nginx:1').uri.split('/')[0];

const library = (reference: string) => rule.image(reference).uri;

function dockerReference(reference: string): string {
  const { repository, tag } = parseFamiliarName(reference);
  return `${HOST}/docker-hub/${repository}:${tag}`;
}

function dockerfileAst(reference: string): string {
  const [from] = DockerfileParser.parse(`FROM ${reference}`).getFROMs();
  const [, name] = /^(?:index\.)?docker\.io\/(.*)$/.exec(
    from.getImage()!.slice(0, -from.getImageTag()!.length - 1),
  ) ?? [undefined, from.getImageName()!];
  return `${HOST}/docker-hub/${name!.includes('/') ? name : `library/${name}`}:${from.getImageTag()}`;
}

/** Its length is used, so that no compiler can leave the work out. */
const all = (rewrite: (reference: string) => string) => () => {
  let length = 0;
  for (const reference of references) {
    length += rewrite(reference).length;
  }
  strictEqual(length > 0, true);
};

for (const reference of references.slice(0, 1000)) {
  strictEqual(dockerReference(reference), library(reference));
  strictEqual(dockerfileAst(reference), library(reference));
}

const result = (peer: string, { ours, theirs, ratio }: Comparison) => ({
  what: `parse and rewrite ${(references.length * ROUNDS).toLocaleString('en')} image references`,
  against: peer,
  ours: `${digits((ours.median / references.length) * 1000)} µs each`,
  theirs: `${digits((theirs.median / references.length) * 1000)} µs each`,
  ratio: show(ratio),
  aim: 'faster',
  met: ratio.median < 1,
});
report(
  result('@swimlane/docker-reference', alternate(ROUNDS, all(library), all(dockerReference))),
  result('dockerfile-ast', alternate(ROUNDS, all(library), all(dockerfileAst))),
);
