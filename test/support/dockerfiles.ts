import fc from 'fast-check';
import type { BuildInputs } from '../../src/build/base-images';
import { ImageReference } from '../../src/image/image-reference';

/** A Dockerfile, and what BuildKit pulls for it: `checks/dockerfiles` asks BuildKit the same. */
export interface Sample {
  readonly what: string;
  readonly dockerfile: string;
  readonly inputs?: BuildInputs;
  /** In full, sorted. */
  readonly images: string[];
}

/** The name that BuildKit gives to an image. */
export function inFull(name: string): string {
  const reference = ImageReference.parse(name);
  return reference.suffix === '' ? `${reference}:latest` : reference.toString();
}

const hub = (...names: string[]) => names.map((name) => `docker.io/library/${name}`).sort();
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

export const SAMPLES: Sample[] = [
  { what: 'one image', dockerfile: 'FROM node:22\nRUN true\n', images: hub('node:22') },
  { what: 'no tag', dockerfile: 'FROM node', images: hub('node:latest') },
  { what: 'a host', dockerfile: 'FROM ghcr.io/owner/app:v1', images: ['ghcr.io/owner/app:v1'] },
  { what: 'a user of Docker Hub', dockerfile: 'FROM grafana/grafana', images: ['docker.io/grafana/grafana:latest'] },
  { what: 'a digest', dockerfile: `FROM node@${DIGEST}`, images: hub(`node@${DIGEST}`) },
  { what: 'a tag and a digest', dockerfile: `FROM node:22@${DIGEST}`, images: hub(`node:22@${DIGEST}`) },
  { what: 'lower case, tabs and spaces', dockerfile: '  from\t node:22   as  Build \n', images: hub('node:22') },
  { what: 'quotes', dockerfile: 'FROM "node:22"', images: hub('node:22') },
  { what: 'no line feed at the end, and CRLF', dockerfile: '# a\r\nFROM node:22\r\nRUN a', images: hub('node:22') },
  { what: 'a byte order mark', dockerfile: '\uFEFFFROM node:22', images: hub('node:22') },
  { what: 'nothing to pull', dockerfile: 'FROM scratch\nCOPY a /', images: [] },
  {
    what: 'comments, also between the lines of an instruction',
    dockerfile: '# FROM no:1\nFROM \\\n# FROM no:2\n\n  node:22\nRUN a && \\\n  # FROM no:3\n  b\n',
    images: hub('node:22'),
  },
  {
    what: 'a line that ends in an escaped escape goes not on',
    dockerfile: 'FROM node:22 AS a\nRUN echo \\\\\nFROM alpine:3\n',
    images: hub('alpine:3'),
  },
  {
    what: 'another escape character',
    dockerfile: '# escape=`\nFROM `\n  node:22\nRUN dir c:\\\nCOPY --from=busybox:1 a c:\\\n',
    images: hub('busybox:1', 'node:22'),
  },
  {
    what: 'a directive below a comment is none',
    dockerfile: '# a comment\n# escape=`\nFROM node:22 AS a\nRUN a \\\nFROM b\n',
    images: hub('node:22'),
  },
  {
    what: 'the last stage, and what it needs',
    dockerfile: 'FROM node:22 AS a\nFROM golang:1 AS b\nFROM alpine:3\nCOPY --from=a /x /\n',
    images: hub('alpine:3', 'node:22'),
  },
  {
    what: 'a target',
    dockerfile: 'FROM node:22 AS a\nFROM golang:1 AS b\nFROM alpine:3\nCOPY --from=a /x /\n',
    inputs: { target: 'B' },
    images: hub('golang:1'),
  },
  {
    what: 'a stage that begins with a stage',
    dockerfile: 'FROM node:22 AS a\nFROM a AS b\nFROM b\n',
    images: hub('node:22'),
  },
  {
    what: 'a name that is that of a later stage is an image',
    dockerfile: 'FROM node AS a\nFROM alpine:3 AS node\nCOPY --from=a x y\n',
    images: hub('alpine:3', 'node:latest'),
  },
  {
    what: 'the latest stage of a name',
    dockerfile: 'FROM node:22 AS a\nFROM node:24 AS a\nFROM a\n',
    images: hub('node:24'),
  },
  {
    what: 'COPY --from: names of stages in any case, places and images',
    dockerfile:
      'FROM node:22 AS Build\nFROM golang:1\nFROM alpine:3\nCOPY --from=BUILD a b\n' +
      'COPY --from=1 a b\nCOPY --link --from=busybox:1 --chown=1:1 a b\n',
    images: hub('alpine:3', 'busybox:1', 'golang:1', 'node:22'),
  },
  {
    what: 'COPY without --from, and --from of what is no COPY',
    dockerfile: 'FROM alpine:3\nCOPY a --from=no:1 b\nRUN echo --from=no:2 --mount=from=no:3\nCMD echo --from=no:4\n',
    images: hub('alpine:3'),
  },
  {
    what: 'RUN --mount',
    dockerfile:
      'FROM golang:1 AS build\nFROM alpine:3\n' +
      'RUN --mount=type=bind,from=build,target=/b --mount=from=busybox:1,target=/c ' +
      '--mount=type=cache,target=/d --mount=type=secret,id=x true\n',
    images: hub('alpine:3', 'busybox:1', 'golang:1'),
  },
  {
    what: 'RUN --mount with quotes, and From',
    dockerfile: 'FROM alpine:3\nRUN --mount=\'"type=bind",From=busybox:1,target=/c\' true\n',
    images: hub('alpine:3', 'busybox:1'),
  },
  {
    what: 'RUN --mount knows no places of stages',
    dockerfile: 'FROM golang:1 AS a\nFROM alpine:3\nRUN --mount=from=0,target=/c true\n',
    images: hub('0:latest', 'alpine:3'),
  },
  {
    what: 'platforms',
    dockerfile:
      'FROM --platform=$BUILDPLATFORM golang:1 AS a\nFROM --platform=linux/arm64 alpine:3\nCOPY --from=a x y\n',
    images: hub('alpine:3', 'golang:1'),
  },
  {
    what: 'arguments and their defaults',
    dockerfile: 'ARG IMAGE=node\nARG TAG="22" SUFFIX=-slim\nFROM ${IMAGE}:$TAG$SUFFIX\n',
    images: hub('node:22-slim'),
  },
  {
    what: 'arguments that are given',
    dockerfile: 'ARG IMAGE=node\nARG TAG\nFROM ${IMAGE}:${TAG}\n',
    inputs: { buildArgs: { IMAGE: 'golang', TAG: '1.25', OTHER: 'x' } },
    images: hub('golang:1.25'),
  },
  {
    what: 'an argument that is made of another, and one that replaces itself',
    dockerfile: "ARG A=22\nARG B=node:$A\nARG A='24'\nFROM $B AS a\nFROM node:$A\nCOPY --from=a x y\n",
    images: hub('node:22', 'node:24'),
  },
  {
    what: 'arguments of a stage are not for FROM, and those without value are empty',
    dockerfile: 'ARG EMPTY\nFROM node:22 AS a\nARG X=-slim\nFROM alpine${X}${EMPTY}\n',
    images: hub('alpine:latest'),
  },
  {
    what: 'given arguments that the Dockerfile does not declare are not for FROM',
    dockerfile: 'FROM alpine:${V:-3}\n',
    inputs: { buildArgs: { V: '4' } },
    images: hub('alpine:3'),
  },
  {
    what: 'defaults and alternatives',
    dockerfile: [
      'ARG SET=1 BLANK=',
      'FROM a:${SET:-x} AS a',
      'FROM b:${UNSET:-2} AS b',
      'FROM c:${BLANK:-3} AS c',
      'FROM d:x${BLANK-4} AS d',
      'FROM e:${SET:+5} AS e',
      'FROM f:x${UNSET+6} AS f',
      'FROM g:${SET?no} AS g',
      'FROM h:${UNSET:-$SET} AS h',
      'FROM i:${UNSET:-"${UNSET:-9}"}',
      ...'abcdefgh'.split('').map((name) => `COPY --from=${name} x y`),
    ].join('\n'),
    images: hub('a:1', 'b:2', 'c:3', 'd:x', 'e:5', 'f:x', 'g:1', 'h:1', 'i:9'),
  },
  {
    what: 'parts of values',
    dockerfile: [
      'ARG V=v1.2.3',
      'FROM a:${V#v} AS a',
      'FROM b:${V%.*} AS b',
      'FROM c:${V%%.*} AS c',
      'FROM d:${V##*.} AS d',
      'FROM e:${V#*.} AS e',
      'FROM f:${V/./-} AS f',
      'FROM g:${V//./-} AS g',
      'FROM h:${V#x} AS h',
      'FROM i:${V/v?/w}',
      ...'abcdefgh'.split('').map((name) => `COPY --from=${name} x y`),
    ].join('\n'),
    images: hub('a:1.2.3', 'b:v1.2', 'c:v1', 'd:3', 'e:2.3', 'f:v1-2.3', 'g:v1-2-3', 'h:v1.2.3', 'i:w.2.3'),
  },
  {
    what: 'stages by platform',
    dockerfile: 'FROM alpine:3 AS base-arm64\nFROM alpine:2 AS base-amd64\nFROM base-${TARGETARCH}\n',
    inputs: { platform: 'linux/arm64' },
    images: hub('alpine:3'),
  },
  {
    what: 'the platform in a tag',
    dockerfile: 'ARG TARGETARCH\nFROM app:$TARGETOS-$TARGETARCH$TARGETVARIANT\n',
    inputs: { platform: 'linux/amd64' },
    images: hub('app:linux-amd64'),
  },
  {
    what: 'the name of the target',
    dockerfile: 'FROM alpine:$TARGETSTAGE AS three\n',
    images: hub('alpine:three'),
  },
  {
    what: 'heredocs',
    dockerfile:
      'FROM alpine:3\nRUN <<EOF\nFROM no:1\nEOF\nRUN cat <<\'A B\' <<-"C"\nFROM no:2\nA B\n' +
      '\tFROM no:3\n\tC\nCOPY --from=busybox:1 a b\n',
    images: hub('alpine:3', 'busybox:1'),
  },
  {
    what: 'heredocs with a number and a space before their names',
    dockerfile: 'FROM alpine:3\nRUN cat 3<< EOF > x\nCOPY --from=no:1 a b\nEOF\nCOPY --from=busybox:1 a b\n',
    images: hub('alpine:3', 'busybox:1'),
  },
  {
    what: 'what looks like a heredoc and is none',
    dockerfile:
      'FROM alpine:3 AS a\nRUN ["echo", "<<EOF"]\nFROM alpine:4 AS b\nRUN echo "<<EOF"\n' +
      'ENV X=<<EOF\nRUN cat <<<EOF\nFROM alpine:5\nCOPY --from=a a b\nCOPY --from=b a b\n',
    images: hub('alpine:3', 'alpine:4', 'alpine:5'),
  },
  {
    what: 'ONBUILD of a stage, for those that begin with it',
    dockerfile:
      'FROM alpine:3 AS a\nONBUILD COPY --from=busybox:1 x y\n' +
      'ONBUILD RUN --mount=from=busybox:2,target=/x true\nFROM alpine:4 AS b\n' +
      'ONBUILD COPY --from=no:1 x y\nFROM a\nCOPY --from=b x y\n',
    images: hub('alpine:3', 'alpine:4', 'busybox:1', 'busybox:2'),
  },
  {
    what: 'a heredoc of ONBUILD',
    dockerfile: 'FROM alpine:3\nONBUILD RUN <<EOF\nFROM no:1\nEOF\nRUN true\n',
    images: hub('alpine:3'),
  },
  {
    what: 'a frontend',
    dockerfile: '# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM `\nalpine:3',
    images: hub('alpine:3'),
  },
];

/** What an image of a generated Dockerfile is called, and how the Dockerfile may write that. */
const IMAGES: [string, ...string[]][] = [
  [
    'node:22',
    'node:22',
    'docker.io/node:22',
    '"node:22"',
    'node:$TAG',
    'node:${TAG:-1}',
    '${NAME}:22',
    'node:${BIG%.*}',
  ],
  ['alpine', 'alpine', 'docker.io/library/alpine', 'alpine:latest', 'alpine${NONE}', 'alpine$NONE', '${NONE:-alpine}'],
  ['ghcr.io/owner/app:v1', 'ghcr.io/owner/app:v1', 'ghcr.io/owner/app:${BIG:+v1}', "'ghcr.io/owner/app:v1'"],
  [`quay.io/a/b:1@${DIGEST}`, `quay.io/a/b:1@${DIGEST}`],
];
const GLOBALS = 'ARG TAG=22\nARG NAME="node" BIG=22.1\nARG NONE\n';
const NOISE = [
  '# FROM no:1',
  'RUN <<EOF\nFROM no:2\nCOPY --from=no:3 a b\nEOF',
  'RUN echo a \\\n\n# FROM no:4\n  FROM no:5',
  'RUN echo "FROM no:6" <<-A <<"B C"\n\tFROM no:7\n\tA\nFROM no:8\nB C',
  'CMD ["sh", "--from=no:9"]',
  'ARG TAG=no',
  'ENV A=$TAG',
  'COPY . /app',
  'COPY ["<<EOF", "/x"]',
  'ONBUILD RUN <<EOF\nFROM no:10\nEOF',
  '',
];

type Source = { stage: number } | { image: number; spelling: number };

/**
 * Dockerfiles of some stages, which take from each other and from images, with whatever else may stand there; and the
 * images that their last stages need.
 */
export const generatedDockerfiles: fc.Arbitrary<Sample> = fc
  .array(
    fc.record({
      base: fc.nat(),
      takes: fc.array(fc.record({ from: fc.nat(), how: fc.nat(5) }), { maxLength: 3 }),
      noise: fc.array(fc.nat(NOISE.length - 1), { maxLength: 3 }),
      spelling: fc.nat(),
      isUpper: fc.boolean(),
      isNamed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .chain((stages) => fc.record({ stages: fc.constant(stages), isWindows: fc.boolean() }))
  .map(({ stages, isWindows }) => {
    const needs: Source[][] = [];
    const name = (index: number) => `stage${index}`;
    // A stage comes before those that take from it.
    const choose = (choice: number, index: number, spelling: number): Source => {
      const named = stages.slice(0, index).flatMap(({ isNamed }, at) => (isNamed ? [at] : []));
      const at = choice % (named.length + IMAGES.length);
      return at < named.length ? { stage: named[at] } : { image: at - named.length, spelling };
    };
    const text = stages.map(({ base, takes, noise, spelling, isUpper, isNamed }, index) => {
      const from = choose(base, index, spelling);
      const sources: Source[] = [from];
      const spelled = (source: Source, variables: boolean) => {
        if ('stage' in source) {
          return name(source.stage);
        }
        const [image, ...spellings] = IMAGES[source.image];
        return variables ? spellings[source.spelling % spellings.length] : image;
      };
      const lines = takes.map(({ from: choice, how }, at) => {
        const source = choose(choice, index, 0);
        sources.push(source);
        const value = spelled(source, false);
        const shown = 'stage' in source && isUpper ? value.toUpperCase() : value;
        const place = 'stage' in source ? String(source.stage) : shown;
        return [
          `COPY --from=${shown} /a /b`,
          `copy --chown=1:1 --from="${shown}" /a /b`,
          `COPY \\\n  --from=${place} \\\n  /a /b`,
          `RUN --mount=type=bind,from=${shown},target=/m${at} true`,
          `RUN --network=none --mount=target=/m${at},"from=${shown}" true`.replace(/"(.*)"/, '\'"$1"\''),
          `ADD a b\nCOPY --from=${shown} ["/a", "/b"]`,
        ][how];
      });
      needs.push(sources);
      return [
        [
          isUpper ? 'FROM' : '  from',
          spelled(from, true),
          ...(isNamed ? [isUpper ? 'AS' : 'as', name(index)] : []),
        ].join(' '),
        ...noise.map((at) => NOISE[at]),
        ...lines,
      ].join('\n');
    });
    const reached = new Set<number>();
    const images = new Set<string>();
    const reach = (index: number): void => {
      if (!reached.has(index)) {
        reached.add(index);
        needs[index].forEach((source) =>
          'stage' in source ? reach(source.stage) : images.add(inFull(IMAGES[source.image][0])),
        );
      }
    };
    reach(stages.length - 1);
    const dockerfile = `${GLOBALS}${text.join('\n')}\n`;
    return {
      what: 'generated',
      dockerfile: isWindows ? dockerfile.replace(/\n/g, '\r\n') : dockerfile,
      images: [...images].sort(),
    };
  });
