import fc from 'fast-check';
import { baseImagesOf } from '../../src/build/base-images';
import { generatedDockerfiles, inFull, SAMPLES } from '../support/dockerfiles';
import { refusal } from '../support/util';

const imagesOf = (...args: Parameters<typeof baseImagesOf>) =>
  [...new Set(baseImagesOf(...args).images.map(({ name }) => inFull(name)))].sort();

test.each(SAMPLES.map((sample) => [sample.what, sample] as const))('%s', (_, { dockerfile, inputs, images }) => {
  expect(imagesOf(dockerfile, inputs)).toEqual(images);
});

test('finds what the last stage of any Dockerfile needs, and no more', () => {
  fc.assert(
    fc.property(generatedDockerfiles, ({ dockerfile, images }) => {
      expect(imagesOf(dockerfile)).toEqual(images);
    }),
    { numRuns: 500 },
  );
});

test('reads any text', () => {
  const pieces = fc.constantFrom(
    'FROM ',
    'node',
    ':22',
    '\n',
    '\\',
    '`',
    '"',
    "'",
    '$',
    '${',
    '}',
    'A',
    ':-',
    '<<',
    'EOF',
    ' ',
    '#',
    'COPY --from=',
    'RUN --mount=',
    'from=',
    ',',
    'ARG A=',
    'ONBUILD ',
    '[',
    ']',
    '%',
    '/',
    '*',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      baseImagesOf(parts.join(''));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['a quote that does not end', `FROM a\nRUN echo ${'"a<<b '.repeat(2001)}`],
  ['many heredocs', `FROM a\nRUN ${'<<a '.repeat(5000)}'`],
  ['many flags', `FROM a\nCOPY ${'--a="b\\"" '.repeat(5000)}--from="x`],
  ['many lines', `FROM a\nRUN a ${'\\\n b '.repeat(5000)}`],
])('reads %s at once', (_, dockerfile) => {
  const begin = performance.now();
  baseImagesOf(dockerfile);
  expect(performance.now() - begin).toBeLessThan(1000);
});

describe('what cannot be known', () => {
  test('is an image of the platform that builds', () => {
    const { images, unknown } = baseImagesOf('FROM app:$TARGETARCH AS a\n\nFROM alpine:3\nCOPY --from=a x y\n');
    expect(images).toEqual([{ name: 'alpine:3', line: 3, unset: [] }]);
    expect(unknown).toEqual([{ text: 'app:$TARGETARCH', line: 1 }]);
  });

  test.each([
    ['linux/arm/v7', 'FROM app:$TARGETVARIANT'],
    ['linux/amd64', 'FROM app:$BUILDARCH'],
    ['linux/amd64', 'ARG A=x-${BUILDARCH%64}\nFROM app:$A'],
    [undefined, 'FROM app:${TARGETVARIANT:-8}'],
    [undefined, 'FROM app:${TARGETARCH/a/b}'],
  ])('for %s is %s', (platform, dockerfile) => {
    expect(baseImagesOf(dockerfile, { platform })).toMatchObject({ images: [], unknown: [{}] });
  });

  test('is a stage of the platform: all of its stages are taken', () => {
    const dockerfile = 'FROM a:1 AS base-arm64\nFROM a:2 AS base-amd64\nFROM a:3 AS other\nFROM base-$TARGETARCH\n';
    expect(imagesOf(dockerfile)).toEqual(['docker.io/library/a:1', 'docker.io/library/a:2']);
    expect(baseImagesOf(dockerfile).unknown).toEqual([]);
  });

  test.each([
    ['a name that is empty', 'ARG BASE\nFROM $BASE', '$BASE'],
    ['a word that BuildKit refuses', 'FROM ${A', '${A'],
    ['a variable that is not for COPY --from', 'ARG A=b\nFROM scratch\nCOPY --from=$A x y', '$A'],
    ['a variable that is not for RUN --mount', 'ARG A=b\nFROM scratch\nRUN --mount=from=$A,target=/x y', '$A'],
  ])('is %s', (_, dockerfile, text) => {
    expect(baseImagesOf(dockerfile).unknown).toEqual([{ text, line: dockerfile.split('\n').length }]);
  });

  test('is told of images whose names have arguments without values', () => {
    expect(baseImagesOf('ARG TAG\nARG SUFFIX\nFROM node$SUFFIX${TAG:-}').images).toEqual([
      { name: 'node', line: 3, unset: ['SUFFIX'] },
    ]);
  });
});

test('tells the stages and the frontend', () => {
  expect(baseImagesOf('# syntax = docker/dockerfile:1 a=b\nFROM a AS One\nFROM b\nFROM c AS two')).toMatchObject({
    stages: ['one', 'two'],
    syntax: 'docker/dockerfile:1 a=b',
  });
});

test.each([
  ['# no instruction', []],
  ['', []],
  ['ARG A=1', []],
])('a Dockerfile without a FROM pulls nothing: %j', (dockerfile, images) => {
  expect(baseImagesOf(dockerfile).images).toEqual(images);
});

test('fails for a stage that is not there', () => {
  const dockerfile = 'FROM a AS one\nFROM b AS two';
  expect(refusal(() => baseImagesOf(dockerfile, { target: 'three' }))).toBe(
    'the Dockerfile has no stage of this name; got "three"; allowed: one, two; ' +
      'to fix: correct the target, or name the stage: FROM … AS name ' +
      '[cdk-ecr-pull-through-cache:CachedBuild.noStage]',
  );
  expect(refusal(() => baseImagesOf('FROM a', { target: 'three' }))).toContain('none: no FROM has an AS');
});
