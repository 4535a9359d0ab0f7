import { join } from 'path';
import { installLibrary } from '../support/library';
import { CHECKS, run } from '../support/run';

/** The newest aws-cdk-lib is in examples/node_modules, and takes the place of that of the unit tests by a tsconfig. */
installLibrary();
const folder = join(CHECKS, 'workloads');
console.log(run('tsx', ['--tsconfig', join(folder, 'tsconfig.json'), join(folder, 'synthesize.ts')]).trimEnd());
