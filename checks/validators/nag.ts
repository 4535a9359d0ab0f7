import { createRequire } from 'module';

/**
 * An app of templates that exist, looked at by the AwsSolutions pack of cdk-nag: its report is in the cloud assembly.
 *
 *     tsx validators/nag.ts <directory> <stack>=<template>...
 */
// The aws-cdk-lib by whose types this is checked is the floor, which has no Validations.
const load = createRequire(__filename);
const { App, LegacyStackSynthesizer, Stack, Validations } = load('aws-cdk-lib');
const { CfnInclude } = load('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks } = load('cdk-nag');

const [outdir, ...templates] = process.argv.slice(2);
const app = new App({ outdir });
for (const [name, templateFile] of templates.map((template) => template.split('='))) {
  // The parameter and the rule of the default synthesizer are in the template already.
  const stack = new Stack(app, name, { synthesizer: new LegacyStackSynthesizer() });
  new CfnInclude(stack, 'Template', { templateFile });
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
