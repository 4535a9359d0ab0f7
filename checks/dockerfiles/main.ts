import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import fc from 'fast-check';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { baseImagesOf, BuildInputs } from '../../src/build/base-images';
import { generatedDockerfiles, inFull, Sample, SAMPLES } from '../../test/support/dockerfiles';
import { skip, workDirectory } from '../support/check';
import { attempt, fail } from '../support/run';

/**
 * Asks BuildKit, by the frontend that `docker build` runs, which images it pulls for Dockerfiles: for those of the unit
 * tests, and for generated ones, with the build contexts of a cache and without.
 *
 *     tsx checks/dockerfiles/main.ts
 *
 * With DOCKERFILES, also for a hundred of public repositories, of which real.json has the names and no more. The folder
 * has each as <repository>/<path>, at the commit that is named there.
 */
const GENERATED = 1000;
const SEED = 20261125;
const HERE = __dirname;

/** A Dockerfile of a public repository, and what BuildKit pulled for it when the list was made. */
interface RealDockerfile {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  readonly licence: string;
  readonly images: string[];
}

interface Answer {
  readonly images: string[];
  readonly replaced: string[];
  readonly syntax?: string;
  readonly error?: string;
}

const PLATFORM = 'linux/amd64';

class BuildKit {
  public static make(): BuildKit {
    if (attempt('go', ['version']).status !== 0) {
      skip('there is no Go to build the frontend of BuildKit with');
    }
    const program = join(workDirectory('buildkit'), 'frontend');
    const built = attempt('go', ['build', '-o', program, '.'], { cwd: join(HERE, 'buildkit') });
    return built.status === 0 ? new BuildKit(program) : fail(`the frontend of BuildKit cannot be built\n${built.said}`);
  }

  private constructor(private readonly program: string) {}

  public ask(builds: (BuildInputs & { dockerfile: string; contexts?: { [name: string]: string } })[]): Answer[] {
    const file = `${this.program}.json`;
    writeFileSync(file, JSON.stringify(builds.map((build) => ({ ...build, platform: build.platform ?? PLATFORM }))));
    const asked = attempt(this.program, [file]);
    return asked.status === 0 ? JSON.parse(asked.output) : fail(`BuildKit's frontend has failed\n${asked.said}`);
  }
}

function equal(what: string, actual: unknown, expected: unknown, about: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    fail(`NOT SO: ${what}\nexpected ${JSON.stringify(expected)}\ngot ${JSON.stringify(actual)}\n${about}`);
  }
}

/** An answer as it has to be. */
function answerOf(dockerfile: string, images: string[], replaced: string[]): Answer {
  const [syntax] = baseImagesOf(dockerfile).syntax?.split(' ') ?? [];
  return { images, replaced, ...(syntax && { syntax }) };
}

function checkSamples(buildKit: BuildKit, samples: Sample[]): void {
  const answers = buildKit.ask(samples.map(({ dockerfile, inputs }) => ({ dockerfile, ...inputs })));
  samples.forEach(({ what, dockerfile, images }, index) => {
    equal(what, answers[index], answerOf(dockerfile, images, []), dockerfile);
  });
}

/** What is left of the images once the cache's contexts are given, and what is pulled instead. */
function checkContexts(buildKit: BuildKit, samples: Sample[]): number {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
  const cache = new PullThroughCache(stack, 'Cache', {
    upstreams: [
      UpstreamRegistry.quay(),
      UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
    ],
  });
  const directory = workDirectory('dockerfile');
  const builds = samples.map(({ dockerfile, inputs = {} }) => {
    writeFileSync(join(directory, 'Dockerfile'), dockerfile);
    const platform = Platform.custom(inputs.platform ?? PLATFORM);
    const contexts = cache.buildContexts(directory, { ...inputs, buildArgs: { ...inputs.buildArgs }, platform });
    return { dockerfile, ...inputs, contexts };
  });
  let count = 0;
  buildKit.ask(builds).forEach((answer, index) => {
    const { what, dockerfile, images } = samples[index];
    const { stages } = baseImagesOf(dockerfile);
    const left = images.filter((image) => stages.includes(image.replace(/^docker\.io\/library\/(.*):latest$/, '$1')));
    const replaced = images
      .filter((image) => !left.includes(image))
      .map((image) => cache.image(image).uri)
      .sort();
    equal(`${what}, with build contexts`, answer, answerOf(dockerfile, left, replaced), dockerfile);
    count += replaced.length;
  });
  return count;
}

function checkReal(buildKit: BuildKit, folder: string): void {
  const list: RealDockerfile[] = JSON.parse(readFileSync(join(HERE, 'real.json'), 'utf8'));
  const texts = list.map(({ repository, path }) => readFileSync(join(folder, repository, path), 'utf8'));
  const answers = buildKit.ask(texts.map((dockerfile) => ({ dockerfile })));
  list.forEach(({ repository, path, images }, index) => {
    const about = `${repository}/${path}`;
    const { images: found, unknown } = baseImagesOf(texts[index], { platform: PLATFORM });
    equal('BuildKit pulls what it did', answers[index].images, images, about);
    equal('the images of a real Dockerfile', [...new Set(found.map(({ name }) => inFull(name)))].sort(), images, about);
    equal('no image of it is unknown', unknown, [], about);
  });
  const repositories = new Set(list.map(({ repository }) => repository));
  const all = list.reduce((sum, { images }) => sum + images.length, 0);
  console.log(
    `  ${list.length} Dockerfiles of ${repositories.size} public repositories: ${all} images, all found, and no others`,
  );
}

const buildKit = BuildKit.make();
checkSamples(buildKit, SAMPLES);
console.log(`  ${SAMPLES.length} Dockerfiles of the unit tests: BuildKit pulls what they say`);
const generated = fc.sample(generatedDockerfiles, { numRuns: GENERATED, seed: SEED });
checkSamples(buildKit, generated);
console.log(`  ${generated.length} generated Dockerfiles: BuildKit pulls what they say`);
const replaced = checkContexts(buildKit, [...SAMPLES, ...generated]);
console.log(
  `  with the build contexts of a cache, BuildKit pulls ${replaced} images through it, ` +
    'and no other but where a stage has the name',
);
if (process.env.DOCKERFILES) {
  checkReal(buildKit, process.env.DOCKERFILES);
} else {
  console.log('  the Dockerfiles of public repositories were not checked: DOCKERFILES names no folder with them');
}
