import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { App, Stack, Stage, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CORRECT } from './correct';
import { Build, HOME, Mistake, REGION } from './mistake';
import { TOPICS } from './topics';
import { STRICT_VALIDATION } from '../support/run';

/**
 * Synthesizes all apps in this one process, for CDK's validator takes seconds to start, and writes what was
 * said of each into a file:
 *
 *     tsx checks/mistakes/synthesize.ts <directory for the apps> <file>
 */
const [, , work, file] = process.argv;

/** What was said of an app, and where its templates are. */
export interface Synthesized {
  /** Rules of CDK's validator, with the properties that they are about. */
  readonly validator: string[];
  /** Warnings, and errors that are no exceptions: each with its id at its end. */
  readonly notes: string[];
  /** The name and the message of the exception that ended it. */
  readonly thrown?: { readonly name: string; readonly message: string };
  readonly templates: { readonly path: string; readonly region: string }[];
  /** Of `instead`: why the template is not the one that was promised. */
  readonly broken?: string;
}

/** A mistake with its apps synthesized; the texts are those of the case. */
export interface SynthesizedMistake {
  readonly mistake: string;
  readonly unseen?: string;
  readonly gives?: string;
  readonly expressions?: { readonly wrong: string; readonly right: string };
  readonly plain: Synthesized;
  readonly ours?: Synthesized;
}

export interface Results {
  readonly topics: { readonly title: string; readonly file: string; readonly mistakes: SynthesizedMistake[] }[];
  readonly correct: { readonly setUp: string; readonly app: Synthesized }[];
}

let count = 0;

function synthesize(build: Build, check?: (template: Template) => void): Synthesized {
  const outdir = join(work, String((count += 1)));
  const app = new App({
    outdir,
    context: STRICT_VALIDATION,
    analyticsReporting: false,
  });
  const stack = new Stack(app, 'Stack', { env: HOME });
  let thrown: Error | undefined;
  let broken: string | undefined;
  try {
    build(stack, app);
    // Where all is in stacks of other places, this one would be a stack without resources.
    if (stack.node.children.length === 0) {
      app.node.tryRemoveChild(stack.node.id);
    }
    app.synth();
  } catch (error) {
    thrown = error as Error;
  }
  try {
    check?.(Template.fromStack(stack));
  } catch (error) {
    broken = (error as Error).message;
  }
  const notes = app.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => ['aws:cdk:warning', 'aws:cdk:error'].includes(type));
  return {
    validator: violations(join(outdir, 'validation-report.json')),
    notes: notes.map(({ data }) => String(data)),
    thrown: thrown && { name: thrown.name, message: thrown.message },
    templates: app.node.findAll().filter(Stack.isStack).flatMap(templateOf),
    broken,
  };
}

function violations(report: string): string[] {
  if (!existsSync(report)) {
    return [];
  }
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8'));
  return pluginReports
    .flatMap((plugin: any) => plugin.violations)
    .map(({ ruleName, violatingConstructs }: any) => {
      const paths: string[] = violatingConstructs.flatMap(
        (construct: any) => construct.cloudFormationResource?.propertyPaths ?? [],
      );
      return [ruleName, ...new Set(paths.map((path) => path.replace(/^Properties\./, '')))].join(' ');
    });
}

/** The template of a stack, if it was written and has something in it. */
function templateOf(stack: Stack): Synthesized['templates'] {
  const path = join((Stage.of(stack) as Stage).outdir, stack.templateFile);
  const hasResources = existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).Resources !== undefined;
  return hasResources ? [{ path, region: Token.isUnresolved(stack.region) ? REGION : stack.region }] : [];
}

function synthesizeMistake(mistake: Mistake): SynthesizedMistake {
  const common = { mistake: mistake.mistake, plain: synthesize(mistake.plain) };
  if ('ours' in mistake) {
    return { ...common, unseen: mistake.unseen, ours: synthesize(mistake.ours) };
  }
  return 'instead' in mistake
    ? { ...common, gives: mistake.gives, ours: synthesize(mistake.instead, mistake.check) }
    : { ...common, expressions: { wrong: mistake.untyped, right: mistake.typed } };
}

const results: Results = {
  topics: TOPICS.map(({ title, file: source, mistakes }) => ({
    title,
    file: source,
    mistakes: mistakes.map(synthesizeMistake),
  })),
  correct: CORRECT.map(({ setUp, build }) => ({ setUp, app: synthesize(build) })),
};
writeFileSync(file, JSON.stringify(results));
