import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { attempt, EXAMPLES, exampleNames, fail, run } from '../../../scripts/run';
import { skip, step, virtualEnvironment, workDirectory } from '../../tools';
import { build, checkTwin } from '../../twins';

/** Every example has a twin in Python: they are installed with the wheel that jsii makes. */
step(async () => {
  const python = virtualEnvironment(workDirectory('venv'));
  const pip = (...args: string[]) => attempt(python, ['-m', 'pip', '--disable-pip-version-check', ...args]);
  // A small package that whatever jsii makes for Python needs.
  const reach = pip('download', '--no-deps', '--no-cache-dir', '--dest', workDirectory('reach'), 'publication');
  if (reach.status !== 0) { skip(`the Python registry cannot be reached\n${reach.said}`); }

  const built = build('python');
  const wheel = readdirSync(built).find((file) => file.endsWith('.whl')) ?? fail(`jsii-pacmak made no wheel in ${built}`);
  // Python's registry may not have the newest aws-cdk-lib yet.
  const newest = JSON.parse(readFileSync(join(EXAMPLES, 'package.json'), 'utf8')).dependencies['aws-cdk-lib'];
  const installed = pip('install', join(built, wheel), '--requirement', join(EXAMPLES, 'requirements.txt'), `aws-cdk-lib<=${newest}`);
  if (installed.status !== 0) { fail(`pip cannot install the wheel and its requirements\n${installed.said}`); }

  for (const name of exampleNames()) { checkTwin(name, 'Python', `${python} app.py`); }
  const version = run(python, ['-c', 'import importlib.metadata as m; print(m.version("aws-cdk-lib"))']).trim();
  return `the templates of ${exampleNames().length} Python twins with aws-cdk-lib ${version} are those of TypeScript with ${newest}`;
});
