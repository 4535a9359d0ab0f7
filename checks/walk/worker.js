/**
 * Runs the programs of a file one after another, each as `cdk synth` would, in one process: loading CDK anew for each
 * would be most of the time.
 *
 *     node worker.js programs.json results.json
 */
const { readFileSync, writeFileSync } = require('fs');
const { format } = require('util');
require('tsx/cjs');

const [programs, results] = process.argv.slice(2);
writeFileSync(results, JSON.stringify(JSON.parse(readFileSync(programs, 'utf8')).map(run)));
process.exit(0);

function run({ file, directory, assembly, context }) {
  const printed = [];
  // Reports go to stderr, for the template may be on stdout.
  console.log = console.error = (...values) => printed.push(format(...values));
  process.chdir(directory);
  process.env.CDK_OUTDIR = assembly;
  process.env.CDK_CONTEXT_JSON = JSON.stringify(context);
  process.exitCode = 0;
  let error;
  try {
    require(file);
    // Where an app does not call synth() itself, it does so when its process would end.
    process.listeners('beforeExit').forEach((listener) => listener());
    if (process.exitCode) {
      error = `it ended with ${process.exitCode}`;
    }
  } catch (thrown) {
    error = thrown.stack;
  }
  process.removeAllListeners('beforeExit');
  return { printed: printed.join('\n'), error };
}
