import { checkTwin } from './twin';
import { skip, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { installPython } from '../support/python';
import { exampleNames } from '../support/run';

/** Every example has a twin in Python: they are installed with the wheel that jsii makes. */
step(async () => {
  installLibrary();
  const { python, version } = installPython(workDirectory('python'), skip);
  for (const name of exampleNames()) {
    checkTwin(name, 'Python', `${python} app.py`);
  }
  return `the templates of ${exampleNames().length} Python twins with aws-cdk-lib ${version} are those of TypeScript`;
});
