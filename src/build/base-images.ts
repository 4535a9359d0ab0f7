import { expand, splitWords, UNKNOWN } from './docker-words';
import { Dockerfile, Instruction, readDockerfile } from './dockerfile';
import { fail } from '../core/errors';

/** What `docker build` is told besides the Dockerfile. */
export interface BuildInputs {
  /** @default - none */
  readonly buildArgs?: { readonly [name: string]: string };
  /** @default - the last stage */
  readonly target?: string;
  /** Such as `linux/arm64`; nothing where it is that of the machine which builds. */
  readonly platform?: string;
}

/** An image that a Dockerfile names. */
export interface BaseImage {
  /** As the Dockerfile has it, its variables filled in. */
  readonly name: string;
  /** Where it is named first. */
  readonly line: number;
  /** Variables in its name that were taken to be empty, as nothing gives them a value. */
  readonly unset: string[];
}

/** The name of an image of which only the machine that builds will know the whole. */
export interface UnknownImage {
  /** As the Dockerfile has it. */
  readonly text: string;
  readonly line: number;
}

/** What a build pulls. */
export interface BaseImages {
  readonly images: BaseImage[];
  readonly unknown: UnknownImage[];
  /** The names of all stages, in lower case. */
  readonly stages: string[];
  /** What the `# syntax` directive says. */
  readonly syntax?: string;
}

interface Stage {
  readonly name?: string;
  readonly from: Instruction;
  readonly commands: Instruction[];
}

/** Where a file system comes from. */
type Source = { readonly stages: Stage[] } | { readonly image: BaseImage } | { readonly unknown: UnknownImage };

/** What BuildKit gives each build a value for. */
const PLATFORM_ARGUMENTS = ['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'];
/** Platforms that have one spelling, and no variant. */
const PLAIN_PLATFORM = /^(linux|windows)\/(amd64|arm64)$/;
const NO_IMAGE = 'scratch';

/**
 * The images that BuildKit pulls to build a target of a Dockerfile: those of `FROM`, `COPY --from` and
 * `RUN --mount=from=…` that are no stages, of the stages which the target needs.
 *
 * Throws for a target that the Dockerfile does not have.
 */
export function baseImagesOf(text: string, inputs: BuildInputs = {}): BaseImages {
  const dockerfile = readDockerfile(text);
  const begin = dockerfile.instructions.findIndex(({ name }) => name === 'from');
  const stages = begin === -1 ? [] : toStages(dockerfile.instructions.slice(begin));
  const found = new Finder(dockerfile, stages, argumentsOf(dockerfile, begin, stages, inputs));
  found.visit(targetOf(stages, inputs.target));
  return {
    images: [...found.images.values()],
    unknown: found.unknown,
    stages: stages.flatMap(({ name }) => name ?? []),
    syntax: dockerfile.syntax,
  };
}

function toStages(instructions: Instruction[]): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'from') {
      const [, as, name] = instruction.rest.split(/\s+/);
      stages.push({
        name: /^as$/i.test(as) ? name?.toLowerCase() : undefined,
        from: instruction,
        commands: [],
      });
    } else {
      stages[stages.length - 1].commands.push(instruction);
    }
  }
  return stages;
}

function targetOf(stages: Stage[], target: string | undefined): Stage | undefined {
  if (target === undefined) {
    return stages[stages.length - 1];
  }
  const names = stages.flatMap(({ name }) => name ?? []);
  return (
    stages.filter(({ name }) => name === target.toLowerCase()).pop() ??
    fail({
      id: 'CachedBuild.noStage',
      what: 'the Dockerfile has no stage of this name',
      given: target,
      allowed: names.length === 0 ? 'none: no FROM has an AS' : names.join(', '),
      fix: 'correct the target, or name the stage: FROM … AS name',
    })
  );
}

/** The values that FROM lines may use: those of the arguments before the first one, and of BuildKit's own. */
function argumentsOf(
  { instructions, escape }: Dockerfile,
  begin: number,
  stages: Stage[],
  { buildArgs = {}, target, platform }: BuildInputs,
): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of PLATFORM_ARGUMENTS) {
    values.set(`BUILD${name}`, UNKNOWN);
    values.set(`TARGET${name}`, UNKNOWN);
  }
  const known = PLAIN_PLATFORM.exec(platform ?? '');
  if (known) {
    const [whole, os, architecture] = known;
    [whole, os, '', architecture, ''].forEach((value, at) => values.set(`TARGET${PLATFORM_ARGUMENTS[at]}`, value));
  }
  values.set('TARGETSTAGE', target ?? stages[stages.length - 1]?.name ?? 'default');
  for (const name of values.keys()) {
    values.set(name, buildArgs[name] ?? values.get(name)!);
  }

  for (const { name, rest } of instructions.slice(0, Math.max(begin, 0))) {
    for (const word of name === 'arg' ? splitWords(rest, escape) : []) {
      const [, key, initial] = /^([^=]*)(?:=(.*))?$/s.exec(word)!;
      const value =
        buildArgs[key] ??
        (initial === undefined ? undefined : expand(initial, escape, (other) => values.get(other))?.text);
      if (value !== undefined) {
        values.set(key, value);
      }
    }
  }
  return values;
}

/** Goes from a stage to all that it needs, and notes images. */
class Finder {
  public readonly images = new Map<string, BaseImage>();
  public readonly unknown: UnknownImage[] = [];
  private readonly visited = new Set<Stage>();

  constructor(
    private readonly dockerfile: Dockerfile,
    private readonly stages: Stage[],
    private readonly values: Map<string, string>,
  ) {}

  public visit(stage: Stage | undefined): void {
    if (stage === undefined || this.visited.has(stage)) {
      return;
    }
    this.visited.add(stage);
    const base = this.baseOf(stage);
    const inherited = 'stages' in base ? base.stages.flatMap(({ commands }) => commands.flatMap(triggerOf)) : [];
    this.follow(base);
    [...inherited, ...stage.commands]
      .flatMap((command) => this.sourcesOf(command))
      .forEach((source) => this.follow(source));
  }

  private follow(source: Source): void {
    if ('stages' in source) {
      source.stages.forEach((stage) => this.visit(stage));
    } else if ('unknown' in source) {
      this.unknown.push(source.unknown);
    } else if (source.image.name !== NO_IMAGE && !this.images.has(source.image.name)) {
      this.images.set(source.image.name, source.image);
    }
  }

  private baseOf(stage: Stage): Source {
    const { rest, line } = stage.from;
    const [word] = rest.split(/\s+/);
    const name = expand(word, this.dockerfile.escape, (variable) => this.values.get(variable));
    if (name === undefined || name.text === '') {
      return { unknown: { text: word, line } };
    }
    const earlier = this.stages.slice(0, this.stages.indexOf(stage));
    if (name.text.includes(UNKNOWN)) {
      const stages = earlier.filter((other) => other.name !== undefined && mayBe(name.text, other.name));
      return stages.length > 0 ? { stages } : { unknown: { text: word, line } };
    }
    const base = earlier.filter((other) => other.name === name.text).pop();
    return base ? { stages: [base] } : { image: { name: name.text, line, unset: name.unset } };
  }

  private sourcesOf({ name, flags, line }: Instruction): Source[] {
    switch (name) {
      case 'copy':
        return valuesOf('--from', flags).map((from) => this.sourceOf(from, line, this.stages[indexOf(from)]));
      case 'run':
        return valuesOf('--mount', flags)
          .flatMap(fromOfMount)
          .map((from) => this.sourceOf(from, line));
      default:
        return [];
    }
  }

  /** Variables mean nothing here: BuildKit refuses them. */
  private sourceOf(from: string, line: number, byIndex?: Stage): Source {
    const stage = byIndex ?? this.stages.filter(({ name }) => name === from.toLowerCase()).pop();
    if (stage) {
      return { stages: [stage] };
    }
    return from.includes('$') ? { unknown: { text: from, line } } : { image: { name: from, line, unset: [] } };
  }
}

/** An instruction that a stage leaves to those which begin with it. */
function triggerOf({ name, rest, line }: Instruction): Instruction[] {
  return name === 'onbuild' ? readDockerfile(rest).instructions.map((trigger) => ({ ...trigger, line })) : [];
}

function mayBe(pattern: string, name: string): boolean {
  const parts = pattern.split(UNKNOWN).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

function valuesOf(flag: string, flags: string[]): string[] {
  return flags.filter((text) => text.startsWith(`${flag}=`)).map((text) => text.slice(flag.length + 1));
}

function indexOf(from: string): number {
  return /^\d+$/.test(from) ? Number(from) : -1;
}

/** The fields of a mount are those of a line of CSV. */
function fromOfMount(mount: string): string[] {
  const fields = mount.match(/"(?:""|[^"])*"|[^,]+/g) ?? [];
  return fields
    .map((field) => /^from=(.+)$/is.exec(field.replace(/^"([^]*)"$/, '$1').replace(/""/g, '"'))?.[1])
    .flatMap((from) => from ?? []);
}
