import { createRequire } from 'module';
import { join } from 'path';
import * as fc from 'fast-check';
import { Modules, templateOptions, templatePrefixes } from '../../test/support/template-options';
import { installLibrary, PACKAGE } from '../support/library';
import { EXAMPLES, fail, STRICT_VALIDATION } from '../support/run';

/**
 * Checks that CDK's own validation, which the aws-cdk-lib of the unit tests does not have yet, passes every
 * creation template that the library accepts.
 */
installLibrary();
const load = createRequire(join(EXAMPLES, 'package.json'));
const modules: Modules = {
  library: load(PACKAGE),
  core: load('aws-cdk-lib'),
  ecr: load('aws-cdk-lib/aws-ecr'),
  iam: load('aws-cdk-lib/aws-iam'),
};
const {
  library: { RepositoryCreationTemplate },
  core: { App, Stack },
  ecr: { CfnRepositoryCreationTemplate },
} = modules;

const RUNS = 200;
const LEAST_ACCEPTED = 40;

function newStack(): InstanceType<typeof Stack> {
  const app = new App({
    context: STRICT_VALIDATION,
    analyticsReporting: false,
  });
  return new Stack(app, 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
}

function refusal(stack: InstanceType<typeof Stack>): string | undefined {
  try {
    (stack.node.root as InstanceType<typeof App>).synth();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const wrong = newStack();
new CfnRepositoryCreationTemplate(wrong, 'Template', { prefix: 'Upper-Case', appliedFor: ['PULL_THROUGH_CACHE'] });
if (refusal(wrong) === undefined) {
  fail("CDK's validation let a template with a wrong prefix pass, so that it proves nothing");
}

let accepted = 0;
const options = templateOptions(modules);
// Each property alone is accepted more often than all together.
const some = fc
  .tuple(
    options,
    fc.subarray([
      'description',
      'appliedFor',
      'encryption',
      'resourceTags',
      'lifecycleRules',
      'repositoryPolicy',
    ] as const),
  )
  .map(([all, names]) => Object.fromEntries(names.map((name) => [name, all[name]])));
const { failed, counterexample, errorInstance } = fc.check(
  fc.property(templatePrefixes, fc.oneof(options, some), (prefix, given) => {
    const stack = newStack();
    try {
      new RepositoryCreationTemplate(stack, 'Template', { prefix, ...given });
    } catch {
      return;
    }
    const message = refusal(stack);
    // The length of the policies is checked at synth, by the library.
    if (message?.includes('to fix: ')) {
      return;
    }
    if (message !== undefined) {
      throw new Error(message);
    }
    accepted++;
  }),
  { numRuns: RUNS },
);
if (failed) {
  fail(
    `CDK's validation refuses what the library accepts: ${fc.stringify(counterexample)}\n` +
      (errorInstance as Error).message,
  );
}
if (accepted < LEAST_ACCEPTED) {
  fail(`only ${accepted} of ${RUNS} templates were accepted, which proves too little`);
}

console.log(`${accepted} templates that the library accepts pass CDK's validation`);
