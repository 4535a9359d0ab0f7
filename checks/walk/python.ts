import { copyFileSync } from 'fs';
import { join } from 'path';
import { walk } from './walk';
import { skip, step, workDirectory } from '../support/check';
import { installPython } from '../support/python';
import { CHECKS, run } from '../support/run';

/** The walk of a newcomer who writes Python: with the wheel that PyPI would get. */
step(async () => {
  const { python } = installPython(workDirectory('python'), skip);
  const app = workDirectory('app');
  const worker = join(app, 'worker.py');
  copyFileSync(join(CHECKS, 'walk', 'worker.py'), worker);
  return walk('python', 'py', app, (jobs, results) => run(python, [worker, jobs, results], { cwd: app }));
});
