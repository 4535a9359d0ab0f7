import { readFileSync } from 'fs';
import { join } from 'path';
import { checkTwin } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { installPython } from '../support/python';
import { EXAMPLES, exampleNames } from '../support/run';

/** Every example has a twin in Python: they are installed with the wheel that jsii makes. */
step(async () => {
  installLibrary();
  const newest = JSON.parse(readFileSync(join(EXAMPLES, 'package.json'), 'utf8')).dependencies['aws-cdk-lib'];
  const { python, version } = installPython(workDirectory('python'), newest, skip);
  for (const name of exampleNames()) {
    checkTwin(name, 'Python', `${python} app.py`);
  }
  return `the templates of ${exampleNames().length} Python twins with aws-cdk-lib ${version} are those of TypeScript with ${newest}`;
});
